/**
 * What the operating system tells of a process, before anything is done to it. A Node process opens its inspector
 * when it gets SIGUSR1, and any other process is killed by that signal. So the signal is sent only where it is sure
 * what it does: the program that runs there is Node, and it has said that it handles the signal.
 *
 * On Linux all of it is read from /proc; elsewhere `ps` and `lsof` are asked, and tell less.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { AttachError } from './attach-error.js';

/** The bit of SIGUSR1 (10 on Linux) in the masks of /proc/PID/status. */
const SIGUSR1_BIT = 1n << 9n;
/** The state of a listening socket in /proc/PID/net/tcp. */
const LISTEN = '0A';

const isLinux = process.platform === 'linux';

/**
 * Refuses what is no Node process of the user's.
 * @throws AttachError
 */
export function checkProcess(pid: number): void {
  if (!Number.isInteger(pid) || pid <= 0) {
    throw new AttachError(`a process id is a whole number above 0; ps lists them, or pgrep -a node`);
  }
  if (pid === process.pid)
    throw new AttachError('that is the process that asks; inspectTasks() looks into its own runs');
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      throw new AttachError(`process ${pid} belongs to another user: look into it as that user, or as root`);
    }
    throw new AttachError(`there is no process ${pid}: it may have ended; pgrep -a node lists those of Node`);
  }
  const state = /^State:\s*(\w)/m.exec(readStatus(pid))?.[1];
  if (state === 'Z')
    throw new AttachError(`process ${pid} has ended; its parent has not taken note of that yet`);
  if (state === 'T' || state === 't') {
    throw new AttachError(
      `process ${pid} is stopped and cannot answer: let it go on first (kill -CONT ${pid})`,
    );
  }
  const program = programOf(pid);
  if (program === undefined) {
    throw new AttachError(
      `it cannot be found out what process ${pid} runs, so it is left alone: look into it as its user`,
    );
  }
  if (!isNode(program)) {
    const remedy = /bun|deno/i.test(basename(program))
      ? 'there is no looking into it from outside; call inspectTasks() in it'
      : 'give the id of the process that runs node (a shell or npm that started it has another one)';
    throw new AttachError(`process ${pid} is not Node, it runs ${program}: ${remedy}`);
  }
  if (isLinux && namespaceOf(pid) !== namespaceOf('self')) {
    throw new AttachError(
      `process ${pid} runs in a network of its own (a container): run this command inside of that container`,
    );
  }
}

/** The path of what the process runs; undefined if that is not known. */
function programOf(pid: number): string | undefined {
  try {
    if (isLinux) return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
    if (process.platform === 'win32') return 'node'; // process._debugProcess refuses others by itself
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function isNode(program: string): boolean {
  return (
    /^node(js)?([-._]?v?\d[\w.]*)?(\.exe)?$/i.test(basename(program)) ||
    program === realpathSync(process.execPath)
  );
}

function namespaceOf(pid: number | 'self'): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}

/**
 * Whether SIGUSR1 will open the inspector of this Node process. It will kill one that has only just been started, and
 * one started with --disable-sigusr1.
 */
export function takesSignal(pid: number): boolean {
  if (!isLinux) return true;
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readStatus(pid))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & SIGUSR1_BIT) !== 0n;
}

/** The ids by which the process may know itself: in a container it has another one. */
export function idsOf(pid: number): readonly number[] {
  const ids = isLinux
    ? /^NSpid:(.*)$/m.exec(readStatus(pid))?.[1]?.trim().split(/\s+/).map(Number)
    : undefined;
  return [pid, ...(ids ?? [])];
}

function readStatus(pid: number): string {
  if (!isLinux) return '';
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Where a process listens. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Where the process listens by TCP; undefined if that cannot be found out here. */
export function listenersOf(pid: number): readonly Listener[] | undefined {
  try {
    if (isLinux) return listenersInProc(pid);
    if (process.platform === 'win32') return undefined;
    return parseLsof(
      execFileSync('lsof', ['-nP', '-a', '-p', String(pid), '-iTCP', '-sTCP:LISTEN', '-Fn'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch (error) {
    // lsof exits with 1 when there is nothing to list.
    return (error as { readonly status?: unknown }).status === 1 ? [] : undefined;
  }
}

function listenersInProc(pid: number): readonly Listener[] {
  const inodes = new Set<string>();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed in the meantime.
    }
  }
  return tablesOf(pid).flatMap((table) => parseProcNet(table, (inode) => inodes.has(inode)));
}

/** The TCP sockets that the process sees, those of others too. */
function tablesOf(pid: number): string[] {
  return ['tcp', 'tcp6'].flatMap((name) => {
    try {
      return readFileSync(`/proc/${pid}/net/${name}`, 'utf8');
    } catch {
      return []; // no IPv6 here
    }
  });
}

/** The listening sockets in a table of /proc/net. */
export function parseProcNet(table: string, isWanted: (inode: string) => boolean): Listener[] {
  const found: Listener[] = [];
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    if (fields[3] !== LISTEN || !isWanted(fields[9] ?? '')) continue;
    found.push({ host: hostOf(address), port: Number.parseInt(port, 16) });
  }
  return found;
}

/** An address as the kernel prints it: words of four bytes, the bytes of each in the order of the machine. */
function hostOf(address: string): string {
  const bytes = (address.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) {
    const host = bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
    return host === '0.0.0.0' ? '127.0.0.1' : host;
  }
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  const host = groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
  return /^[0:]+$/.test(host) ? '127.0.0.1' : host;
}

/** The lines of `lsof -Fn`: "n127.0.0.1:9229", "n[::1]:9229", "n*:80". */
export function parseLsof(output: string): Listener[] {
  return [...output.matchAll(/^n\[?(.+?)\]?:(\d+)$/gm)].map(([, host, port]) => ({
    host: host === '*' ? '127.0.0.1' : (host as string),
    port: Number(port),
  }));
}

/** Where the process would open its inspector, as far as it was told when it was started. */
export function configuredPort(pid: number): number {
  let said = '';
  if (isLinux) {
    try {
      const options =
        /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1] ?? '';
      said = `${options.replaceAll(' ', '\0')}\0${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}`;
    } catch {
      // Then it is as if nothing had been said.
    }
  }
  return portIn(said);
}

const DEFAULT_PORT = 9229;

/** The port that the options of Node name, separated by NUL: the last one counts. */
export function portIn(options: string): number {
  const found = [
    ...options.matchAll(
      /(?:^|\0)--(?:inspect(?:-brk|-wait|-port)?|debug-port)[=\0](?:[^\0]*:)?(\d+)(?=\0|$)/g,
    ),
  ];
  return Number(found.at(-1)?.[1] ?? DEFAULT_PORT);
}

/** Whether another process listens at this port of the machine, so that `pid` cannot. */
export function isTakenByAnother(pid: number, port: number): boolean {
  if (!isLinux) return false;
  if (port === 0 || listenersInProc(pid).some((own) => own.port === port)) return false;
  return tablesOf(pid).some((table) => parseProcNet(table, () => true).some((one) => one.port === port));
}

/**
 * Opens the inspector of a process that nobody has prepared, and finds it: where it listens is known only once it
 * does. So the process's listening sockets are looked at before the signal and after it; the one more is the
 * inspector. If there is none more, it was open before (`--inspect`, another debugger), and is found by asking.
 *
 *     listeners before ──▶ SIGUSR1 ──▶ listeners after    one more: opened by us, and closed by us again
 *                                                         none more: it was open, or could not open
 */
import http from 'node:http';
import { AttachError } from './attach-error.js';
import {
  configuredPort,
  isTakenByAnother,
  type Listener,
  listenersOf,
  takesSignal,
} from './attach-process.js';

/** Milliseconds. */
const POLL = 10;
const OPENING_TIME = 2500;
/** As a rule an inspector opens in less; if none has by then, it was perhaps open before. */
const OPENS_WITHIN = 200;
/** How long another `ps` may hold the port, and how long a Node that has only just started may take. */
const PATIENCE = 1500;
const ANSWERING_TIME = 1000;
const CLOSING_TIME = 500;
/** Characters. Whatever else listens there may answer at any length. */
const LONGEST_ANSWER = 100_000;

/** An open inspector. */
export interface OpenInspector {
  readonly url: string;
  /** It was closed before. */
  readonly isOurs: boolean;
}

/** @throws AttachError */
export async function openInspector(pid: number): Promise<OpenInspector> {
  const port = configuredPort(pid);
  const before = listenersOf(pid);
  if (before === undefined) return openBlindly(pid, port);
  const open = await ask(before.filter((one) => one.port === port));
  if (open !== undefined) return { url: open, isOurs: false };
  if (!(await eventually(() => takesSignal(pid)))) {
    throw new AttachError(
      `process ${pid} does not open its inspector on a signal (it was started with --disable-sigusr1?): ` +
        'start it with --inspect, or call installDumpSignal() in it',
    );
  }
  if (!(await eventually(() => !isTakenByAnother(pid, port)))) {
    throw new AttachError(
      `process ${pid} would open its inspector at port ${port}, which another process holds: ` +
        'end that one (another debugger session?), or start the program with --inspect-port=0',
    );
  }
  signal(pid);
  const isNew = (one: Listener): boolean =>
    !before.some(({ host, port }) => host === one.host && port === one.port);
  const sentAt = performance.now();
  let isAsked = false;
  const found = await eventually(async (): Promise<OpenInspector | undefined> => {
    const opened = await ask((listenersOf(pid) ?? []).filter(isNew));
    if (opened !== undefined) return { url: opened, isOurs: true };
    if (isAsked || performance.now() - sentAt < OPENS_WITHIN) return undefined;
    isAsked = true; // once: other servers of the process are asked as well
    const other = await ask(before);
    return other === undefined ? undefined : { url: other, isOurs: false };
  }, OPENING_TIME);
  if (found !== undefined) return found;
  throw new AttachError(
    `process ${pid} was asked to open its inspector and has not: its standard error may say why. ` +
      'If it handles SIGUSR1 itself, Node does not see the signal: start it with --inspect. ' +
      'Else start it with --inspect-port=0 so that it finds a free port, or call installDumpSignal() in it.',
  );
}

/**
 * Waits until the process has closed its inspector; one that is busy does so when it next has time, so not for long.
 * It is not asked: a connection that comes in while the inspector is closing would hold the process up.
 */
export async function closed(pid: number, { url }: OpenInspector): Promise<void> {
  const port = Number(new URL(url).port);
  await eventually(() => listenersOf(pid)?.every((one) => one.port !== port) ?? true, CLOSING_TIME);
}

/** The address of the inspector that listens at a port of this machine. @throws AttachError if none does. */
export async function inspectorAt(port: number): Promise<string> {
  const url = await ask(['127.0.0.1', '::1'].map((host) => ({ host, port })));
  if (url !== undefined) return url;
  throw new AttachError(
    `no inspector of Node listens at port ${port}: start the program with --inspect=${port}, or give its process id`,
  );
}

/** Where the sockets of a process are not known: the port is the one that Node opens by default. */
async function openBlindly(pid: number, port: number): Promise<OpenInspector> {
  const listeners = [{ host: '127.0.0.1', port }];
  const open = await ask(listeners);
  if (open !== undefined) return { url: open, isOurs: false };
  signal(pid);
  const opened = await eventually(() => ask(listeners), OPENING_TIME);
  if (opened !== undefined) return { url: opened, isOurs: true };
  throw new AttachError(
    `process ${pid} was asked to open its inspector, and nothing answers at port ${port}: start the program with --inspect`,
  );
}

function signal(pid: number): void {
  try {
    if (process.platform !== 'win32') process.kill(pid, 'SIGUSR1');
    else (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
  } catch (error) {
    throw new AttachError(
      `process ${pid} cannot be asked to open its inspector: ${(error as Error).message}`,
    );
  }
}

/** Asks until there is an answer, or no time left. */
async function eventually<T>(question: () => T | Promise<T>, time = PATIENCE): Promise<T> {
  const end = performance.now() + time;
  for (;;) {
    const answer = await question();
    if (answer || performance.now() >= end) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/** The address of the first inspector among the listeners; undefined if none of them is one. */
async function ask(listeners: readonly Listener[]): Promise<string | undefined> {
  for (const { host, port } of listeners) {
    const answer = await get(host, port, '/json/list');
    const url = urlIn(answer);
    // It says where it believes to listen; that it is reached here is sure.
    if (url !== undefined)
      return url.replace(/^ws:\/\/[^/]*/, `ws://${host.includes(':') ? `[${host}]` : host}:${port}`);
  }
  return undefined;
}

/** What a server answers; '' if none does. The connection is closed behind it: an inspector waits for that when it closes. */
function get(host: string, port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path, agent: false, timeout: ANSWERING_TIME }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > LONGEST_ANSWER) request.destroy();
      });
      response.on('error', () => resolve(''));
      response.on('close', () => resolve(response.complete ? text : ''));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(''));
  });
}

function urlIn(answer: string): string | undefined {
  try {
    const targets: unknown = JSON.parse(answer);
    const url = Array.isArray(targets) ? (targets[0] as Target | undefined)?.webSocketDebuggerUrl : undefined;
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined; // something else listens there
  }
}

interface Target {
  readonly webSocketDebuggerUrl?: unknown;
}

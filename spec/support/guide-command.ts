/** The command, or a program, in a process of its own at the root of the repository: as a reader types it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = 'lib/cli/main.ts';

export interface Command extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  /** Resolves when the standard output has this text in it; rejects when the process ends without. */
  prints(text: string): Promise<void>;
  readonly ended: Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/** @param isProgram `args` begin with a program instead of being those of `treadle`. */
export function startCommand(
  args: readonly string[],
  input?: string,
  { isProgram = false }: { isProgram?: boolean } = {},
): Command {
  const flags = ['--import', 'tsx', '--conditions=treadle-source', ...(isProgram ? [] : [COMMAND])];
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const clean = () => stdout.replaceAll(ROOT, '');
  const ended = new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve({ stdout: clean(), stderr: stderr.replaceAll(ROOT, '') }));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stdin.end(input ?? '');
  return {
    pid: child.pid as number,
    ended,
    get stdout() {
      return clean();
    },
    prints(text) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text)) resolve();
        };
        look();
        child.stdout.on('data', look);
        void ended.then(() => reject(new Error(`the process ended before it printed "${text}"\n${stderr}`)));
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

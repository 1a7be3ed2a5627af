/**
 * Programs as processes of their own: for what only a whole process can show (exit codes, signals, unhandled
 * rejections, exiting by itself). A program is given as TypeScript text; esbuild bundles it with lib/ into one
 * file, so that a child starts in the time Node needs and not in the time a TypeScript loader needs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Milliseconds after which a child that has not ended is killed; `timedOut` then says so. */
const PATIENCE = 8_000;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  /** As a shell shows it: the exit code, or 128 plus the number of the signal that killed it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export class Child {
  readonly ended: Promise<Ended>;
  #process: ChildProcess;
  #stdout = '';
  #stderr = '';
  #changed: () => void = () => {};

  constructor(file: string, nodeOptions: readonly string[], cleanUp: () => Promise<void>) {
    const child = spawn(process.execPath, [...nodeOptions, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    let timedOut = false;
    const patience = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, PATIENCE);
    this.ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(patience);
        this.#changed();
        resolve({
          code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'],
          stdout: this.#stdout,
          stderr: this.#stderr,
          timedOut,
        });
      });
    }).finally(cleanUp);
  }

  /** Waits until the child has printed a line, or has ended. */
  async printed(line: string): Promise<void> {
    const seen = () => this.#stdout.split('\n').includes(line);
    while (!seen() && this.#process.exitCode === null && this.#process.signalCode === null) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

export async function startProgram(source: string, nodeOptions = ['--enable-source-maps']): Promise<Child> {
  const folder = await mkdtemp(join(tmpdir(), 'treadle-spec-'));
  const outfile = join(folder, 'program.mjs');
  await build({
    stdin: { contents: source, resolveDir: ROOT, sourcefile: 'program.ts', loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['treadle-source'],
    keepNames: true,
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return new Child(outfile, nodeOptions, () => rm(folder, { recursive: true, force: true }));
}

/** Runs a program to its end. */
export async function runProgram(source: string, nodeOptions?: string[]): Promise<Ended> {
  return (await startProgram(source, nodeOptions)).ended;
}

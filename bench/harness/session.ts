/** The runner's end of a conversation with one measuring process: see dialogue.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Job, Report } from './contract.js';
import { type Answer, FINISH, SAMPLE } from './dialogue.js';
import { collect, failureOf, flagsFor, measuringEnvironment, PATIENCE_MS, stuckAfter } from './process.js';

/** How long a process that has been killed may take to be gone. */
const BURIAL_MS = 5_000;

/** Gives a session about this job, in a fresh process. */
export type Opener = (job: Job) => Session;

export function sessions(node: string, nodeFlags: readonly string[], program: string): Opener {
  return (job) =>
    new Session(node, [...nodeFlags, ...flagsFor([job]), program, JSON.stringify([job])], PATIENCE_MS);
}

/**
 * One process, from the start to its end. Each method rejects if the process fails, or if it has kept the runner
 * waiting for longer than there is patience in all; the time in which nobody asked it for anything does not count.
 */
export class Session {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  /** Settles with the reason why it is no success. */
  readonly #ended: Promise<string | undefined>;
  readonly #patience: number;
  #left: number;

  constructor(command: string, args: readonly string[], patience: number) {
    const child = spawn(command, args, {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      env: measuringEnvironment(),
    });
    const answers = child.stdio[3] as Readable;
    const errors = collect(child.stdio[2]);
    // A process that dies breaks its pipes; why it died is told by its end.
    for (const pipe of [child.stdin, answers]) pipe?.on('error', () => {});
    this.#child = child;
    this.#answers = createInterface({ input: answers })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(failureOf(code, signal, errors())));
    });
    this.#patience = patience;
    this.#left = patience;
  }

  /** Until it has warmed up. */
  async ready(): Promise<void> {
    const answer = await this.#answer();
    if (!('ready' in answer)) throw new Error(`not ready, but ${JSON.stringify(answer)}`);
  }

  async sample(): Promise<number> {
    this.#child.stdin?.write(SAMPLE);
    const answer = await this.#answer();
    if (!('sample' in answer)) throw new Error(`no sample, but ${JSON.stringify(answer)}`);
    return answer.sample;
  }

  /** Waits for the end of the process too: it would disturb whoever is measured next. */
  async finish(): Promise<Report> {
    this.#child.stdin?.write(FINISH);
    const answer = await this.#answer();
    if (!('report' in answer)) throw new Error(`no report, but ${JSON.stringify(answer)}`);
    await this.#wait(this.#ended).catch(() => this.kill());
    return answer.report;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    const { promise, cancel } = after(BURIAL_MS);
    await Promise.race([this.#ended, promise]);
    cancel();
  }

  async #answer(): Promise<Answer> {
    const end = this.#ended.then(() => ({ done: true, value: '' }) as const);
    const { done, value } = await this.#wait(Promise.race([this.#answers.next(), end]));
    if (done) throw new Error((await this.#wait(this.#ended)) ?? 'ended without finishing its work');
    const answer = JSON.parse(value) as Answer;
    if ('failure' in answer) throw new Error(answer.failure);
    return answer;
  }

  async #wait<T>(promise: Promise<T>): Promise<T> {
    const start = performance.now();
    const limit = after(this.#left);
    const stuck = limit.promise.then((): never => {
      throw new Error(stuckAfter(this.#patience));
    });
    try {
      return await Promise.race([promise, stuck]);
    } finally {
      limit.cancel();
      this.#left = Math.max(0, this.#left - (performance.now() - start));
    }
  }
}

function after(ms: number): { readonly promise: Promise<void>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

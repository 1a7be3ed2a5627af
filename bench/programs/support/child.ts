/** The runner's side of `commands.ts`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Answer, Commands } from './commands.js';

/** The longest step of any program takes a fraction of this: who takes longer is stuck. */
const PATIENCE_MS = 300_000;

export interface ChildOptions {
  /** The binary it runs on. */
  readonly node: string;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
}

type Waiting = { resolve(value: unknown): void; reject(error: Error): void };

export class Child<C extends Commands> implements AsyncDisposable {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private gone: Error | undefined;

  constructor(script: string, { node, flags = [], args = [] }: ChildOptions) {
    this.process = fork(script, [...args], {
      execPath: node,
      execArgv: [...flags],
      serialization: 'advanced',
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    });
    this.process.on('message', (message: Answer) => this.answered(message));
    this.process.on('exit', (code, signal) =>
      this.ended(new Error(`${basename(script)} ended with ${signal ?? `code ${code}`}`)),
    );
    this.process.on('error', (error) => this.ended(error));
  }

  /**
   * Calls a command of the child.
   *
   * @throws what it throws, as an Error with the child's stack; an Error if it ends, or takes too long.
   */
  async ask<K extends keyof C & string>(
    command: K,
    ...args: Parameters<C[K]>
  ): Promise<Awaited<ReturnType<C[K]>>> {
    if (this.gone !== undefined) throw this.gone;
    const id = ++this.lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        timer = setTimeout(
          () => reject(new Error(`no answer to '${command}' in ${PATIENCE_MS / 1000} s`)),
          PATIENCE_MS,
        );
        this.process.send({ id, command, args });
      });
      return value as Awaited<ReturnType<C[K]>>;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  /** Ends the process at once, whatever it does, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.gone !== undefined) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
  }

  private answered(message: Answer): void {
    const waiting = this.waiting.get(message.id);
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  }

  private ended(error: Error): void {
    this.gone = error;
    for (const { reject } of this.waiting.values()) reject(error);
  }
}

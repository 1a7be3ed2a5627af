/**
 * A launched program, as the adapter sees it: a process with a channel for messages. It is a process of its own so
 * that nothing it does can harm the session: it may block, crash, call process.exit, write to its standard output.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { ownFile } from '../own-file.js';
import type { Breakpoints, Debuggee, Move, Tell } from './debuggee.js';
import type { Answer, Call, FromProcess, LaunchOptions, Opened } from './messages.js';
import { RequestError } from './request-error.js';

/** Milliseconds for clean-up, before a program is killed that was told to end. */
const CLEAN_UP_TIME = 3000;
/** Milliseconds between the end of its runs and the end of the process, before it is killed. */
const EXIT_TIME = 1000;
/** Milliseconds for a program to come to a yield, before the user is told that it does not. */
const STEP_TIME = 1500;
/** Milliseconds for the output of a process that has ended to be read to its end. */
const OUTPUT_TIME = 300;

export interface ProcessOptions extends LaunchOptions {
  readonly cwd: string;
  /** Null takes a variable away. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Arguments of Node. */
  readonly runtimeArgs: readonly string[];
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class LaunchedProcess implements Debuggee {
  private readonly child: ChildProcess;
  private readonly tell: Tell;
  private readonly pending = new Map<number, Pending>();
  private readonly exited: Promise<void>;
  private calls = 0;
  private isEnding = false;

  private constructor(child: ChildProcess, tell: Tell) {
    this.child = child;
    this.tell = tell;
    for (const category of ['stdout', 'stderr'] as const) {
      child[category]?.setEncoding('utf8').on('data', (output: string) => {
        tell({ event: 'output', category, output });
      });
    }
    child.on('message', (message: FromProcess) => this.receive(message));
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // A process that it has started may hold on to its output for long.
        void Promise.race([closed, wait(OUTPUT_TIME)]).then(() => {
          this.lose();
          tell({ event: 'ended', code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'] });
          resolve();
        });
      });
    });
  }

  /**
   * Starts the process; the program in it is not loaded yet.
   *
   * @param signal Nobody wants it any more: aborted while it starts, it kills the process.
   * @throws RequestError if there is no such program.
   */
  static async launch(
    { cwd, env, runtimeArgs, ...options }: ProcessOptions,
    tell: Tell,
    signal: AbortSignal,
  ): Promise<LaunchedProcess> {
    const child = fork(fileURLToPath(ownFile('cli/dap/program-process')), [JSON.stringify(options)], {
      cwd,
      env: environment(env),
      // Not the inspector of the adapter, if it has one: the port is taken.
      execArgv: [...process.execArgv.filter((option) => !option.startsWith('--inspect')), ...runtimeArgs],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let isOpen = false;
    let errors = '';
    const launched = new LaunchedProcess(child, (event) => {
      if (isOpen) tell(event);
      else if (event.event === 'output') errors += event.output;
    });
    const giveUp = (): unknown => child.kill('SIGKILL');
    signal.addEventListener('abort', giveUp);
    const opened = await new Promise<Opened['opened']>((resolve) => {
      child.once('message', (message) => resolve((message as Opened).opened));
      child.on('error', (error) => resolve(`Node cannot be started in ${cwd}: ${error.message}`));
      void launched.exited.then(() => resolve(`The process of the program cannot begin.\n${errors}`));
    });
    signal.removeEventListener('abort', giveUp);
    if (opened !== true) throw new RequestError(opened);
    isOpen = true;
    return launched;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  setBreakpoints(breakpoints: Breakpoints): Promise<readonly DebugProtocol.Breakpoint[]> {
    return this.call('setBreakpoints', breakpoints);
  }

  start(): Promise<void> {
    return this.call('start');
  }

  threads(): Promise<readonly DebugProtocol.Thread[]> {
    return this.call('threads');
  }

  stackTrace(args: DebugProtocol.StackTraceArguments): Promise<DebugProtocol.StackTraceResponse['body']> {
    return this.call('stackTrace', args);
  }

  scopes(frameId: number): Promise<readonly DebugProtocol.Scope[]> {
    return this.call('scopes', frameId);
  }

  variables(args: DebugProtocol.VariablesArguments): Promise<readonly DebugProtocol.Variable[]> {
    return this.call('variables', args);
  }

  evaluate(args: DebugProtocol.EvaluateArguments): Promise<DebugProtocol.EvaluateResponse['body']> {
    return this.call('evaluate', args);
  }

  exceptionInfo(threadId: number): Promise<DebugProtocol.ExceptionInfoResponse['body']> {
    return this.call('exceptionInfo', threadId);
  }

  move(move: Move, threadId: number): Promise<void> {
    return this.call('move', move, threadId);
  }

  async pause(threadId: number): Promise<void> {
    const paused = this.call<void>('pause', threadId);
    const isLate = await Promise.race([paused.then(() => false), wait(STEP_TIME).then(() => true)]);
    if (!isLate) return;
    paused.catch(() => {});
    const output = 'The program is busy in a step, and has not yielded for a while: it stops when it does.\n';
    this.tell({ event: 'output', category: 'important', output });
  }

  /** Asked a second time, it does not wait for clean-up any longer. */
  async end(): Promise<void> {
    if (!this.isEnding) {
      this.isEnding = true;
      const ended = this.call('end').catch(() => {});
      const isLate = await Promise.race([ended.then(() => false), wait(CLEAN_UP_TIME).then(() => true)]);
      if (isLate && this.isAlive) {
        const output = `The program has not ended within ${CLEAN_UP_TIME} ms of being told to, and is killed.\n`;
        this.tell({ event: 'output', category: 'important', output });
      } else await Promise.race([this.exited, wait(EXIT_TIME)]);
    }
    if (this.isAlive) this.child.kill('SIGKILL');
    await this.exited;
  }

  private get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private call<T>(method: Call['method'], ...args: readonly unknown[]): Promise<T> {
    if (!this.child.connected) return Promise.reject(gone());
    const id = ++this.calls;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.child.send({ id, method, args } satisfies Call, (error) => {
        if (error !== null && this.pending.delete(id)) reject(gone());
      });
    });
  }

  private receive(message: FromProcess): void {
    if ('id' in message) this.settle(message);
    else if ('event' in message) {
      // What it wrote before has been written to its pipes before: they are read first.
      setImmediate(() => this.tell(message));
    }
  }

  private settle(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ('result' in answer) pending?.resolve(answer.result);
    else pending?.reject(answer.isRequestError ? new RequestError(answer.error) : new Error(answer.error));
  }

  private lose(): void {
    for (const { reject } of this.pending.values()) reject(gone());
    this.pending.clear();
  }
}

function gone(): RequestError {
  return new RequestError('The program has ended.');
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function environment(changes: ProcessOptions['env']): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

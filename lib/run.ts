/// <reference lib="esnext.disposable" preserve="true" />
/** Where a loop begins and ends. */

import { contextCapture, inCallersContext } from './backends/node-context.js';
import type { BackendName } from './backends/registry.js';
import { resolveBackend } from './backends/registry.js';
import { VirtualBackend } from './backends/virtual.js';
import { onAbort } from './base/abort-listeners.js';
import { Cancelled } from './base/cancelled.js';
import { describe } from './base/durations.js';
import { checkOptions } from './base/options.js';
import { printable } from './base/printable.js';
import type { Backend, Connection } from './kernel/backend.js';
import { because, byWhom } from './kernel/current.js';
import { giveUp, listWaits } from './kernel/deadlock.js';
import type { Operation } from './kernel/effect.js';
import { type Instrument, Instruments } from './kernel/instrument.js';
import { Loop, type LoopOwner } from './kernel/loop.js';
import { adoptResult } from './kernel/operation.js';
import { type LoopParts, type RunObserver, runObserver } from './kernel/run-observer.js';
import type { Task, TaskOwner } from './kernel/task.js';
import { CANCELLED, FAILED } from './kernel/task-state.js';
import { type Cancellable, type Run, RunPromise, type Settle } from './tasks/run-promise.js';
import { TaskHandle } from './tasks/task-handle.js';

export interface RunOptions {
  /** Default: the one of the host. */
  backend?: BackendName | Backend;
  /** Cancels main when it aborts; the run then rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** What error messages call the run. */
  name?: string;
  instruments?: Instrument[];
  /**
   * Which context of AsyncLocalStorage a task sees: that of the caller of `run` (the default), or the one that was
   * current where the task was spawned, which costs an entry a step. With 'run' all tasks share one context: what one
   * sets by `enterWith` others may see in later turns: use a ContextVar.
   */
  asyncContext?: 'run' | 'task';
}

export type { Run } from './tasks/run-promise.js';

const RUNS = Symbol.for('treadle.runs');

/**
 * The runs that have not ended, oldest first: for leak checks and task dumps. One set for all copies of the package
 * that a process has loaded, under a key where a debugger that is attached from outside finds it.
 */
export const liveRuns: Set<RunState<unknown>> = sharedSet();

function sharedSet(): Set<RunState<unknown>> {
  const host = globalThis as { [RUNS]?: Set<RunState<unknown>> };
  host[RUNS] ??= new Set();
  return host[RUNS];
}

/** Of what main() runs. */
export interface ProgramOptions extends RunOptions {
  /** A signal can wake the run at any time: nothing is a deadlock, and the process stays. */
  readonly hearsSignals: true;
}

/** A loop with its main task, from the first step to the tear-down. */
export class RunState<T> implements TaskOwner, LoopOwner, Cancellable {
  readonly hostTask = null;
  readonly loop: Loop;
  readonly main: TaskHandle<T>;
  private readonly signal: AbortSignal | undefined;
  private deafen: (() => void) | null = null;
  private signalled: Cancelled | null = null;
  onEnd: Settle | null = null;

  constructor(
    body: () => Operation<T>,
    backend: Backend,
    connect: (turn: () => void) => Connection,
    options: RunOptions | ProgramOptions,
    isSync = false,
    observer: RunObserver | undefined = runObserver(),
  ) {
    const iterator = adoptResult(body(), body, 'run(main)'); // first: if it throws there is nothing to take down
    const name = options.name === undefined ? 'the run' : `run "${printable(options.name)}"`;
    const beginning = observer && { name, backend, isSync };
    const instruments = beginning
      ? [...(options.instruments ?? []), ...(observer.instruments?.(beginning) ?? [])]
      : options.instruments;
    const parts: LoopParts = [
      backend,
      (turn) => checkConnection(connect(inCallersContext(turn)), backend),
      name,
      instruments?.length ? new Instruments(instruments) : null,
      options.asyncContext === 'task' ? contextCapture() : null,
    ];
    this.loop = (beginning && observer.loopFor?.(beginning, parts)) ?? new Loop(...parts);
    this.main = TaskHandle.make<T>(this.loop, iterator, body, this, null);
    this.loop.main = this.main;
    this.loop.owner = this;
    if ('hearsSignals' in options) {
      this.loop.wakers++;
      this.loop.keepAlive++;
    }
    const { signal } = options;
    this.signal = signal;
    if (signal !== undefined) {
      this.deafen = onAbort(signal, () => this.aborted(signal));
      this.loop.wakers++;
      if (signal.aborted) this.aborted(signal); // while main was called
    }
    liveRuns.add(this);
    try {
      this.main.launch(null, this.loop);
    } catch (error) {
      this.forget(); // the backend cannot even be asked for a turn
      throw error;
    }
  }

  /** The Cancelled that `cancel`, or the signal, has made. */
  get own(): Cancelled | null {
    return this.main.own;
  }

  cancel(reason: unknown): void {
    if (this.main.hasEnded) return;
    const message = `${this.loop.name} was cancelled${byWhom()}${because(reason)}`;
    this.main.cancelBecause(Cancelled.create(message, reason, this.main));
  }

  taskEnded(main: Task): void {
    const { hopeless } = this.loop;
    if (hopeless !== null) {
      if (main.state === FAILED && main.value !== hopeless) hopeless.cause ??= main.value;
      this.end(false, hopeless);
    } else if (main.state === CANCELLED) {
      const bySignal = this.signalled !== null && main.value === this.signalled;
      this.end(false, bySignal ? this.signal?.reason : main.value);
    } else this.end(main.state !== FAILED, main.value);
  }

  crashed(error: unknown): void {
    this.end(false, error);
  }

  private end(ok: boolean, value: unknown): void {
    this.forget();
    this.onEnd?.(ok, value);
    this.loop.stop(ok, value);
  }

  private forget(): void {
    liveRuns.delete(this);
    this.deafen?.();
  }

  private aborted(signal: AbortSignal): void {
    this.loop.wakers--;
    const { reason } = signal;
    const cancelled = Cancelled.create(
      `the signal of ${this.loop.name} aborted${because(reason)}`,
      reason,
      this.main,
    );
    this.signalled = cancelled;
    this.main.cancelBecause(cancelled);
    this.loop.reconsider();
  }
}

/**
 * Starts a loop, drives `main` to its end and tears the loop down: no timer, listener or task outlives the run.
 * The first step of main is not taken inline. Several runs may be active at once, and may nest.
 *
 * @returns a promise of what main returns. It rejects with main's own error, unwrapped; with `signal.reason` if
 *   the signal aborted and main ended by that; with a `Cancelled` after `cancel()`; with a `DeadlockError` if
 *   every task is parked and nothing can ever wake one.
 * @throws TypeError or RangeError at once if the options are wrong.
 * @example
 *     const total = await run(function* () { return yield* sum(); }, { signal: AbortSignal.timeout(5000) });
 * Semantics: AnyIO's `run`, Trio's `run`, as a promise.
 */
export function run<T>(main: (this: void) => Operation<T>, options: RunOptions = {}): Run<T> {
  checkRun('run', main, options);
  const backend = resolveBackend(options.backend);
  if (options.signal?.aborted) return rejected(options.signal.reason);
  try {
    return launch(main, backend, options);
  } catch (error) {
    return rejected(error); // main threw before it gave an operation, or gave none
  }
}

/**
 * @internal Starts a run, or has the observer of this process start it.
 * @throws what main throws before it gives an operation.
 */
export function launch<T>(
  main: (this: void) => Operation<T>,
  backend: Backend,
  options: RunOptions | ProgramOptions,
): RunPromise<T> {
  const taken = runObserver()?.takeOver?.(main, backend, options);
  return taken === undefined ? start(main, backend, options).promise : (taken as RunPromise<T>);
}

/** @internal A run with its state. */
export function start<T>(
  main: (this: void) => Operation<T>,
  backend: Backend,
  options: RunOptions | ProgramOptions,
): { promise: RunPromise<T>; state: RunState<T> } {
  const state = new RunState<T>(main, backend, (turn) => backend.connect(turn), options);
  return { promise: RunPromise.of(state), state };
}

/**
 * Runs `main` on a virtual clock, to its end, before it returns. For tests and for programs that compute: one
 * that waits for something outside of the run (a promise, a callback) cannot end here, and is refused.
 *
 * @throws main's own error, and what `run` would reject with.
 * @throws Error naming the foreign wait, if main waits for the host.
 */
export function runSync<T>(main: (this: void) => Operation<T>, options: RunOptions = {}): T {
  checkRun('runSync', main, options);
  const backend = resolveBackend(options.backend ?? 'virtual');
  if (!(backend instanceof VirtualBackend)) {
    throw new TypeError(
      `runSync() works on the virtual backend only, not on "${backend.name}"; use run(), which gives a promise`,
    );
  }
  if (options.signal?.aborted) throw options.signal.reason;
  let isRunning = true;
  let ok = false;
  let outcome: unknown;
  const connection: Connection = {
    soon() {},
    later() {},
    close() {
      isRunning = false;
    },
    idle(deadline, foreign) {
      if (foreign === 0 && deadline !== Infinity) backend.jumpTo(deadline);
      else giveUp(state.loop, state.main, needsHost(state.main));
    },
  };
  const state = new RunState<T>(main, backend, () => connection, options, true);
  // A variable first: see RunPromise.of.
  const settle: Settle = (isOk, value) => {
    ok = isOk;
    outcome = value;
  };
  state.onEnd = settle;
  while (isRunning) state.loop.turn();
  if (ok) return outcome as T;
  throw outcome;
}

function needsHost(main: Task): Error {
  return new Error(
    `runSync() cannot wait for anything outside of the run, and tasks do:\n${listWaits(main)}\n` +
      'Use run(), which gives a promise.',
  );
}

function checkConnection(connection: Connection, { name }: Backend): Connection {
  for (const method of ['soon', 'later', 'idle', 'close'] as const) {
    if (typeof (connection as Connection | undefined)?.[method] === 'function') continue;
    throw new TypeError(
      `connect() of the backend "${name}" gives a connection, with soon(), later(), idle() and close(); ` +
        `what it gave has no ${method}()`,
    );
  }
  return connection;
}

function rejected<T>(reason: unknown): Run<T> {
  return new RunPromise<T>((_resolve, reject) => reject(reason));
}

export function checkRun(name: string, main: unknown, options: RunOptions): void {
  if (typeof main !== 'function') {
    throw new TypeError(
      `${name}(main) takes a generator function, not ${describe(main)}: pass the function itself, do not call it`,
    );
  }
  checkOptions(options, `${name}(main, options)`);
  const { signal, instruments, asyncContext } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`the option signal is an AbortSignal, not ${describe(signal)}`);
  }
  if (instruments !== undefined && !Array.isArray(instruments)) {
    throw new TypeError('the option instruments is an array of Instrument objects');
  }
  for (const instrument of instruments ?? []) {
    if (typeof instrument === 'object' && instrument !== null) continue;
    throw new TypeError(`the option instruments holds Instrument objects, not ${describe(instrument)}`);
  }
  if (asyncContext !== undefined && asyncContext !== 'run' && asyncContext !== 'task') {
    throw new TypeError(`the option asyncContext is 'run' or 'task', not ${describe(asyncContext)}`);
  }
}

/** The promise of what a run, or a task that promise code has asked for, will give; it can be cancelled. */
import type { Cancelled } from '../base/cancelled.js';
import type { Engine } from '../kernel/task.js';

/** A run under way: a promise of what main returns, which can be cancelled. Disposing it cancels it and waits. */
export interface Run<T> extends Promise<T>, AsyncDisposable {
  /** Cancels main. The run rejects with a Cancelled that carries the reason, unless main ends in another way. */
  cancel(reason?: unknown): void;
}

/** Takes an outcome: what was returned, or else what was thrown. */
export type Settle = (ok: boolean, value: unknown) => void;

/** What such a promise stands for: a run, or a task that a portal has started. */
export interface Cancellable {
  readonly loop: Engine;
  /** Called once, with the outcome. */
  onEnd: Settle | null;
  /** The Cancelled that `cancel` has made. */
  readonly own: Cancelled | null;
  cancel(reason: unknown): void;
}

/** @internal */
export class RunPromise<T> extends Promise<T> implements Run<T> {
  private state: Cancellable | null = null;
  private outcome: { readonly ok: boolean; readonly value: unknown } | null = null;
  private listeners: Set<Settle> | null = null;

  static of<T>(state: Cancellable): RunPromise<T> {
    let promise: RunPromise<T> | null = null;
    promise = new RunPromise<T>((resolve, reject) => {
      // A variable first: V8 puts a function that is written right where a property is assigned into the old generation,
      // and there it keeps alive, until the next full collection, all that hangs on the run.
      const settle: Settle = (ok, value) => {
        if (ok) resolve(value as T);
        else reject(value);
        promise?.tell(ok, value);
      };
      state.onEnd = settle;
    });
    promise.state = state;
    return promise;
  }

  /** `then` and its kin give plain promises: only the run itself can be cancelled. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The loop that it comes from; null if none was started. */
  get loop(): Engine | null {
    return this.state?.loop ?? null;
  }

  /** What `cancel` has cancelled it with. */
  get own(): Cancelled | null {
    return this.state?.own ?? null;
  }

  cancel(reason?: unknown): void {
    this.state?.cancel(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel('the run was disposed of');
    try {
      await this;
    } catch (error) {
      if (error !== this.state?.own) throw error;
    }
  }

  /**
   * Tells the outcome in the very step in which there is one, and not in a microtask: for tasks of the same loop, on
   * which the clock might jump in between. Gives what takes the listener back.
   */
  whenSettled(listener: Settle): (() => void) | undefined {
    if (this.outcome !== null) {
      listener(this.outcome.ok, this.outcome.value);
      return undefined;
    }
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => void this.listeners?.delete(listener);
  }

  private tell(ok: boolean, value: unknown): void {
    this.outcome = { ok, value };
    const { listeners } = this;
    this.listeners = null;
    if (listeners !== null) for (const listener of listeners) listener(ok, value);
  }
}

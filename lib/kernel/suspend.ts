/**
 * The one primitive on which foreign waits are built: it parks the task until a callback comes, and says how to
 * give the wait up.
 */
import { announce } from '../base/arrival.js';
import type { Cancelled } from '../base/cancelled.js';
import { checkOptions } from '../base/options.js';
import { FORCED } from './deadlock.js';
import type { Effect } from './effect.js';
import { effectKind, makeEffect } from './kind.js';
import { isGenerator } from './operation.js';
import { ABORTED, SETTLED, STARTING, WAITING } from './stages.js';
import type { Task, Wait } from './task.js';

/** What an abort function gives back when the wait cannot be given up. Anything else means that it was. */
export const KEEP_WAITING: unique symbol = Symbol('treadle.keepWaiting');

export type Starter<T> = (
  resume: (value: T) => void,
  fail: (error: unknown) => void,
) => ((cancelled: Cancelled) => unknown) | void;

export interface SuspendOptions {
  /** False: another task of this loop will end the wait, so it does not keep the run alive (rule L5). */
  foreign?: boolean;
  /** What is waited for, in words, for task dumps and deadlock reports. */
  description?: string | (() => string);
  /** Called in the place of the starter when the scope is already cancelled: to dispose of what would be waited for. */
  whenCancelled?: () => void;
  /**
   * @internal A wait of the library's own for the host, whose starter calls no code of the program and writes nothing: a
   * replay need not call it.
   */
  isOfHost?: boolean;
}

function generatorAsStarter(): TypeError {
  return new TypeError(
    'suspend(starter) takes a plain function, which begins the wait and gives back how to give it up; it was given a ' +
      'function*, of which nothing would run',
  );
}

/** One wait. It is on from its creation until it is settled, and settled exactly once. */
class Suspension implements Wait {
  private readonly task: Task;
  private readonly options: SuspendOptions | undefined;
  /** Taken from the options once: they are the user's, and what is counted up must be counted down again. */
  private readonly isForeign: boolean;
  private abortFunction: ((cancelled: Cancelled) => unknown) | undefined = undefined;
  private stage: number = STARTING;

  constructor(task: Task, options: SuspendOptions | undefined) {
    this.task = task;
    this.options = options;
    this.isForeign = options?.foreign !== false;
    if (this.isForeign) task.loop.foreign++;
  }

  start(starter: Starter<unknown>): void {
    const { task } = this;
    let abortFunction: unknown;
    try {
      // Bound functions: two closures with the context that they share take nearly twice the memory, per parked task.
      abortFunction = starter(this.resume.bind(this), this.fail.bind(this));
      if (typeof abortFunction === 'object' && isGenerator(abortFunction)) throw generatorAsStarter();
    } catch (error) {
      // If the starter has resumed the task before it threw, the task is in the queue: the error takes the place of the value.
      announce(error);
      if (this.settle()) task.wakeThrowing(error);
      else task.replaceWithError(error);
      return;
    }
    if (this.stage === SETTLED) return;
    this.stage = WAITING;
    if (typeof abortFunction === 'function')
      this.abortFunction = abortFunction as (cancelled: Cancelled) => unknown;
    const cancelled = task.scope.effective;
    if (cancelled !== null && this.abort(task, cancelled)) task.wakeThrowing(cancelled);
  }

  resume(value: unknown): void {
    if (this.settle()) this.task.wake(value);
  }

  fail(error: unknown): void {
    if (this.settle()) this.task.wakeThrowing(announce(error));
  }

  abort(task: Task, cancelled: Cancelled): boolean {
    if (this.stage === STARTING) return false;
    const forced = task.loop.hopelessness >= FORCED;
    if (this.stage === ABORTED) return forced && this.settle();
    this.stage = ABORTED;
    let answer: unknown;
    try {
      answer = this.abortFunction?.(cancelled);
    } catch (error) {
      this.fail(error);
      return false;
    }
    // The abort function may itself have resumed the task: then that is how the wait ended.
    if (answer === KEEP_WAITING && !forced) return false;
    return this.settle();
  }

  describe(): string {
    const { description } = this.options ?? {};
    if (description === undefined)
      return this.isForeign ? 'suspend (something outside of the run)' : 'suspend (another task)';
    return typeof description === 'function' ? description() : description;
  }

  /** Ends the wait; false if it had ended. */
  private settle(): boolean {
    if (this.stage === SETTLED) return false;
    this.stage = SETTLED;
    if (this.isForeign) this.task.loop.foreign--;
    return true;
  }
}

const SUSPEND = effectKind<Starter<never>, SuspendOptions | undefined>({
  name: 'suspend',
  perform(task, _loop, effect) {
    const cancelled = task.scope.effective;
    if (cancelled !== null) {
      effect.b?.whenCancelled?.();
      task.wakeThrowing(cancelled);
    } else {
      const suspension = new Suspension(task, effect.b);
      task.park(suspension);
      suspension.start(effect.a as Starter<unknown>);
    }
    return false;
  },
  describe(effect) {
    const description = effect.b?.description;
    return (typeof description === 'function' ? description() : description) ?? 'suspend';
  },
});

/**
 * Parks the task until `resume(value)` or `fail(error)` is called: at once, or from any callback. The first call
 * wins, later ones are ignored. The starter runs at once, inside the step that yields the effect; what it throws
 * is thrown at the yield.
 *
 * The starter may return an abort function. When the wait is cancelled it is called, once, with the Cancelled; it
 * undoes what the starter did. If it returns `KEEP_WAITING`, the wait cannot be given up: the task stays parked
 * until resume or fail. Without an abort function a cancelled wait is simply given up.
 *
 * A checkpoint. In a scope already cancelled the starter is not called.
 *
 * @param options.foreign false if another task of this run will answer: the wait then does not count as something
 *   that can still wake the run (rule L5).
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const once = (emitter: EventEmitter, name: string) =>
 *       suspend<unknown[]>((resume) => {
 *         const listener = (...args: unknown[]) => resume(args);
 *         emitter.once(name, listener);
 *         return () => emitter.off(name, listener);
 *       });
 * Semantics: Trio's `wait_task_rescheduled`.
 */
export function suspend<T>(starter: Starter<T>, options?: SuspendOptions): Effect<T> {
  if (typeof starter !== 'function') {
    throw new TypeError('suspend(starter) takes a function (resume, fail) => abort');
  }
  if (options !== undefined) checkOptions(options, 'suspend(starter, options)');
  return makeEffect<T, Starter<never>, SuspendOptions | undefined>(
    SUSPEND,
    starter as Starter<never>,
    options,
  );
}

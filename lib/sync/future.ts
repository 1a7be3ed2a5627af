/** A result that is set by hand, once, and read like that of a task. */
import { Cancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { TaskCancelled, TaskFailed, TaskNotFinished, withoutStack } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import { printable } from '../base/printable.js';
import { because, byWhom } from '../kernel/current.js';
import type { Effect, Operation } from '../kernel/effect.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { AlreadySetError } from './errors.js';

export type FutureStatus = 'pending' | 'finished' | 'cancelled' | 'failed';

/** What a task that waits for a future wants: its result, or only its end. */
type Wanted = 'result' | 'end';

/**
 * A result that some task will set and others wait for, with `yield* future`.
 *
 * @param options.name What error messages call it.
 * @example
 *     const answer = new Future<number>();
 *     tg.startSoon(function* () { console.log(yield* answer); });
 *     answer.setResult(42);
 * Semantics: asyncio's `Future`, without callbacks; it reads like a TaskHandle.
 */
export class Future<T> implements Operation<T> {
  private state: FutureStatus = 'pending';
  /** What was set: the result, the error, or the Cancelled. */
  private value: unknown = undefined;
  private readonly name: string | undefined;
  private readonly queue = new WaitQueue<Wanted, unknown>();
  private static readonly waiting = waitEffects<Future<unknown>, Wanted, unknown>({
    name: 'future.wait',
    tryNow: (future, wanted) =>
      future.state === 'pending' ? PENDING : wanted === 'end' ? undefined : future.returnValue,
    queueOf: (future) => future.queue,
    describe: (future) => `the result of ${future.title}`,
  });

  constructor(options?: { name?: string }) {
    checkOptions(options, 'new Future(options)');
    this.name = options?.name;
  }

  get status(): FutureStatus {
    return this.state;
  }

  /**
   * What `setResult` was given.
   *
   * @throws TaskNotFinished while nothing is set.
   * @throws TaskCancelled if it was cancelled, TaskFailed if `setException` was called; `cause` is the error.
   */
  get returnValue(): T {
    this.checkEnded();
    if (this.state !== 'finished') throw this.outcomeError();
    return this.value as T;
  }

  /**
   * What `setException` was given; undefined if there is a result.
   *
   * @throws TaskNotFinished while nothing is set.
   * @throws TaskCancelled if it was cancelled.
   */
  get exception(): unknown {
    this.checkEnded();
    if (this.state === 'cancelled') throw this.outcomeError();
    return this.state === 'failed' ? this.value : undefined;
  }

  /**
   * Sets the result and wakes all who wait, in the order in which they came. Not a checkpoint; may be called from
   * anywhere. A run whose every task waits for plain callbacks needs an open portal (`withPortal`) or `events()`: else
   * it ends with a DeadlockError.
   *
   * @throws AlreadySetError if something is set, or the future was cancelled.
   */
  setResult(value: T): void {
    this.checkPending('setResult()');
    this.end('finished', value);
  }

  /**
   * Sets an error: who waits gets a TaskFailed with the error as its `cause`. Otherwise like `setResult`.
   *
   * @throws AlreadySetError if something is set, or the future was cancelled.
   */
  setException(error: unknown): void {
    this.checkPending('setException()');
    this.end('failed', error);
  }

  /** Says that there will be no result: who waits gets a TaskCancelled. Does nothing once something is set. */
  cancel(reason?: unknown): void {
    if (this.state !== 'pending') return;
    const message = `${this.title} was cancelled${byWhom()}${because(reason)}`;
    this.end('cancelled', Cancelled.create(message, reason, this));
  }

  /**
   * Waits until something is set, whatever it is. A checkpoint; cancelling the wait leaves the future alone.
   *
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  wait(this: this): Effect<void> {
    return Future.waiting(this, 'end') as Effect<void>;
  }

  /**
   * `yield* future` waits for the result and gives it. A checkpoint; cancelling the wait leaves the future alone.
   *
   * @throws TaskFailed if `setException` was called, TaskCancelled if the future was cancelled; `cause` is the error.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the contract's type; see Operation.
  [Symbol.iterator](): Iterator<Effect<unknown>, T, any> {
    return (Future.waiting(this, 'result') as Effect<T>)[Symbol.iterator]();
  }

  /** How many tasks wait. */
  statistics(): { readonly tasksWaiting: number } {
    return { tasksWaiting: this.queue.length };
  }

  private get title(): string {
    return this.name === undefined ? 'a Future' : `the Future "${printable(this.name)}"`;
  }

  private end(state: FutureStatus, value: unknown): void {
    this.state = state;
    this.value = value;
    const { queue } = this;
    for (let waiter = queue.shift(); waiter !== null; waiter = queue.shift()) {
      if (waiter.arg === 'end') waiter.wake(undefined);
      else if (state === 'finished') waiter.wake(value);
      else waiter.fail(withoutStack(() => this.outcomeError()));
    }
  }

  private outcomeError(): Error {
    const { title, value } = this;
    const remedy = 'wait() only waits, and status tells how it ended';
    if (this.state === 'cancelled') {
      return new TaskCancelled(`${title} has no result: it was cancelled; ${remedy}`, { cause: value });
    }
    const what = value instanceof Error ? `${value.name}: ${value.message}` : describe(value);
    return new TaskFailed(`${title} has no result: it failed with ${what}; ${remedy}`, { cause: value });
  }

  private checkPending(what: string): void {
    if (this.state === 'pending') return;
    const ended = {
      pending: '',
      finished: 'has a result',
      failed: 'has an error',
      cancelled: 'was cancelled',
    };
    throw new AlreadySetError(
      `${what}: ${this.title} ${ended[this.state]} already, and is set once; look at its status before, ` +
        'or make a new one for the next result',
    );
  }

  private checkEnded(): void {
    if (this.state !== 'pending') return;
    throw new TaskNotFinished(
      `${this.title} has no result yet: wait for it with yield* future, or look at its status before`,
    );
  }
}

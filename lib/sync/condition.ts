/**
 * Waiting, under a lock, until another task says that what the lock protects has changed.
 *
 *     wait():    lets the lock go ─▶ in the condition's queue ─┬─ notified ──▶ moved to the lock's queue ──▶ holds it
 *                                                            └─ cancelled ─▶ in the lock's queue, last ──▶ holds it
 *
 * Whoever comes back from `wait`, with a value or with Cancelled, holds the lock again: the code around it, its
 * `finally` blocks included, was written for that. So the last leg is shielded. A task that has been notified has
 * its place in the lock's queue from that moment on: who comes later is behind it, and no cancellation can take the
 * notification from it (rule C3).
 */

import { announce } from '../base/arrival.js';
import { isCancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import { disown, isThenable } from '../base/thenable.js';
import { call } from '../kernel/call.js';
import { cancelShieldedCheckpoint, checkpointIfCancelled } from '../kernel/checkpoint.js';
import { requireTask } from '../kernel/current.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { isGenerator } from '../kernel/operation.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { shield } from '../tasks/timeouts.js';
import { checkCount } from './count.js';
import { titled } from './errors.js';
import { Lock, type LockHold, type LockStatistics } from './lock.js';

/** What remains of T when it is truthy. */
export type Truthy<T> = Exclude<T, undefined | null | false | 0 | 0n | ''>;

/**
 * A lock, and a queue of tasks that wait for a change of what it protects.
 *
 * @param lock A lock to share with others; default: one of its own.
 * @param options.name What task dumps and deadlock reports call it.
 * @throws TypeError if `lock` is no Lock.
 * @example
 *     const changed = new Condition();
 *     function* take(): Coroutine<Item> {
 *       using _ = yield* changed.acquire();
 *       return yield* changed.waitFor(() => items.shift());
 *     }
 *     function* put(item: Item): Coroutine<void> {
 *       using _ = yield* changed.acquire();
 *       items.push(item);
 *       changed.notify();
 *     }
 * Semantics: AnyIO's `Condition`, with Trio's direct hand-over from one queue to the other.
 */
export class Condition {
  private readonly lock: Lock;
  private readonly name: string | undefined;
  private readonly queue = new WaitQueue<undefined, Disposable>();
  /** Its effects always wait: a notification concerns only those who wait already. */
  private static readonly notified = waitEffects<Condition, undefined, Disposable>({
    name: 'condition.wait',
    tryNow: () => PENDING,
    queueOf: (condition) => condition.queue,
    describe: (condition) =>
      `a notification of ${titled('condition', condition.name)} (${condition.queue.length} waiting)`,
  });

  constructor(lock: Lock = new Lock(), options?: { name?: string }) {
    if (!(lock instanceof Lock))
      throw new TypeError(`new Condition(lock) takes a Lock, not ${describe(lock)}`);
    if (options !== undefined) checkOptions(options, 'new Condition(lock, options)');
    this.lock = lock;
    this.name = options?.name;
  }

  /** Acquires the lock: see `Lock.acquire`. */
  acquire(this: this): Effect<Disposable> {
    return this.lock.acquire();
  }

  /** Acquires the lock if it is free: see `Lock.acquireNowait`. */
  acquireNowait(): Disposable {
    return this.lock.acquireNowait();
  }

  /** Releases the lock: see `Lock.release`. */
  release(): void {
    this.lock.release();
  }

  /**
   * Releases the lock, waits to be notified, and acquires the lock again. Mostly `waitFor` is what you want: between
   * the notification and the lock a task that queued for the lock before may be there.
   *
   * A checkpoint. When it throws Cancelled, it holds the lock again, too: it may therefore wait for the lock a
   * moment longer, and a task that has been notified returns normally.
   *
   * @throws NotHeldError if this task does not hold the lock.
   * @throws BrokenResourceError if a task that held the lock meanwhile has ended without releasing it.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  wait(this: this): Effect<void> {
    return call(waitOnce, this);
  }

  /**
   * Waits until the predicate gives something truthy, and gives that. It is asked at first, and whenever the task has
   * been notified, with the lock held.
   *
   * A checkpoint, also if the predicate holds at first; cancellation as in `wait`.
   *
   * @throws what the predicate throws.
   * @throws TypeError if the predicate is no function, or gives a promise or a coroutine, which are always truthy.
   * @throws NotHeldError if this task does not hold the lock.
   * @throws BrokenResourceError if a task that held the lock meanwhile has ended without releasing it.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  waitFor<T>(predicate: () => T): Effect<Truthy<T>> {
    if (typeof predicate !== 'function') {
      throw new TypeError(
        `waitFor(predicate) takes a function that tells whether to go on, not ${describe(predicate)}`,
      );
    }
    return call(waitUntil<T>, this, predicate);
  }

  /**
   * Notifies the `n` tasks that have waited longest, or as many as there are. They queue up for the lock at once, in
   * that order, and each goes on when it gets it. Not a checkpoint.
   *
   * @throws NotHeldError if this task does not hold the lock.
   * @throws RangeError if `n` is negative, fractional or NaN, TypeError if it is no number.
   * @throws NoEventLoopError outside of a task.
   */
  notify(n = 1): void {
    checkCount(n, 'notify(n)');
    this.checkHeld('notify() of a Condition');
    for (let left = n; left > 0 && this.queue.length > 0; left--)
      this.queue.shift()?.passOn(this.lock.acquire());
  }

  /** Wakes all who wait. Otherwise like `notify`. */
  notifyAll(): void {
    this.checkHeld('notifyAll() of a Condition');
    this.notify(this.queue.length);
  }

  /** `tasksWaiting`: for a notification; those that wait for the lock are in `lockStatistics`. */
  statistics(): { readonly tasksWaiting: number; readonly lockStatistics: LockStatistics } {
    return { tasksWaiting: this.queue.length, lockStatistics: this.lock.statistics() };
  }

  /** @internal One notification: from holding the lock to holding it. */
  *pass(): Coroutine<void> {
    const { lock } = this;
    const hold = this.checkHeld('wait() on a Condition');
    yield* checkpointIfCancelled(); // before anything has changed
    lock.letGo();
    try {
      yield* Condition.notified(this, undefined); // it gives the lock
    } catch (error) {
      if (isCancelled(error)) yield* shield(() => lock.acquire());
      throw error;
    } finally {
      lock.takeBack(hold);
    }
  }

  /** @internal Refuses a task that does not hold the lock. */
  checkHeld(what: string): LockHold {
    try {
      return this.lock.checkHeld(requireTask(what), what);
    } catch (error) {
      throw announce(error);
    }
  }
}

function* waitOnce(condition: Condition): Coroutine<void> {
  yield* condition.pass();
}

function* waitUntil<T>(condition: Condition, predicate: () => T): Coroutine<Truthy<T>> {
  condition.checkHeld('waitFor() on a Condition');
  // The predicate may take something: once it has, nothing may throw. So a cancellation is delivered before it.
  yield* checkpointIfCancelled();
  let found = predicate();
  if (found) yield* cancelShieldedCheckpoint();
  while (!found) {
    yield* condition.pass();
    found = predicate();
  }
  checkPlain(found);
  return found as Truthy<T>;
}

/** A predicate written as async function or function* would hold always. */
function checkPlain(found: unknown): void {
  if (typeof found !== 'object' || found === null) return;
  const isPromise = isThenable(found);
  disown(found);
  if (isPromise || isGenerator(found)) {
    throw announce(
      new TypeError(
        `waitFor(predicate): the predicate gave ${isPromise ? 'a promise' : 'a coroutine object'}, which is always ` +
          'truthy; write it as a plain function, and do what has to wait around it',
      ),
    );
  }
}

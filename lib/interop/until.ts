/** Waiting for promises. */
import type { Cancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { makeController } from '../base/own-signal.js';
import { isThenable } from '../base/thenable.js';
import { call } from '../kernel/call.js';
import { requireTask } from '../kernel/current.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { KEEP_WAITING, suspend } from '../kernel/suspend.js';
import { RunPromise } from '../tasks/run-promise.js';

/**
 * Waits for a promise and gives its value.
 *
 * - `until(promise)`: when the wait is cancelled it is given up; the promise goes its own way.
 * - `until((signal) => promise)`: when the wait is cancelled the signal aborts, with the Cancelled as its reason,
 *   and the task waits until the promise has settled, so that nothing is left running behind it. A value that
 *   arrives all the same is given; an `AbortError`, or the Cancelled itself, is the cancellation; any other error
 *   is thrown. In a scope already cancelled the function is not called. The signal never aborts once the wait is over.
 *
 * A checkpoint.
 *
 * @throws what the promise rejects with.
 * @throws TypeError if it is given no promise.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const response = yield* until((signal) => fetch(url, { signal }));
 *     const body = yield* until(response.json()); // when cancelled, the download goes on
 *     const text = yield* until(async (signal) => (await fetch(url, { signal })).text()); // here it is stopped
 * Semantics: AnyIO has none; the second form is Trio's rule that a cancelled operation has ended when it says so.
 */
export function until<T>(promise: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Effect<T> {
  if (typeof promise === 'function') return untilSettled(promise);
  if (!isThenable(promise)) {
    throw new TypeError(
      `until(promise) takes a promise, or a function (signal) => promise, not ${describe(promise)}`,
    );
  }
  if (promise instanceof RunPromise) return call(untilTask<T>, promise as RunPromise<T>);
  return untilForeign(promise);
}

/**
 * Waits for what a run or a portal's task gives. If that is a task of the waiter's own loop, nothing comes from
 * outside: the wait keeps neither a virtual clock standing nor a deadlock hidden.
 */
function* untilTask<T>(promise: RunPromise<T>): Coroutine<T> {
  if (promise.loop !== requireTask('until()').loop) return yield* untilForeign(promise);
  promise.then(undefined, () => {}); // from here on a rejection is this task's to handle
  return yield* suspend<T>(
    (resume, fail) => promise.whenSettled((ok, value) => (ok ? resume(value as T) : fail(value))),
    { foreign: false, description: "until(the promise of a portal's task)" },
  );
}

function untilForeign<T>(promise: PromiseLike<T>): Effect<T> {
  return suspend<T>(
    (resume, fail) => {
      promise.then(resume, fail);
    },
    {
      description: 'until(promise)',
      // Nobody will wait for the promise any more: its rejection is no one's mistake, and must not end the process.
      whenCancelled: () => void promise.then(undefined, () => {}),
      isOfHost: true,
    },
  );
}

function untilSettled<T>(start: (signal: AbortSignal) => PromiseLike<T>): Effect<T> {
  return suspend<T>(
    (resume, fail) => {
      const controller = makeController();
      const promise = start(controller.signal);
      if (!isThenable(promise)) {
        throw new TypeError(
          `the function given to until() must return a promise; it returned ${describe(promise)}`,
        );
      }
      let cancelled: Cancelled | undefined;
      promise.then(resume, (error: unknown) => {
        fail(cancelled !== undefined && (error === cancelled || isAbort(error)) ? cancelled : error);
      });
      return (reason) => {
        cancelled = reason;
        controller.abort(reason);
        return KEEP_WAITING;
      };
    },
    { description: `until(${start.name || '(signal) => …'})` },
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

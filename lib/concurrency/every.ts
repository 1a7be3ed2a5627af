/** The same again and again, at fixed times. */
import { checkDuration, describe } from '../base/durations.js';
import { callFor, coroutine } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { currentTime, sleepUntil } from '../kernel/sleep.js';

const callFn = callFor('every(ms, fn)');

const runEvery = coroutine('every', function* (ms: number, fn: () => Operation<unknown>): Coroutine<never> {
  let due = currentTime();
  for (;;) {
    due += ms;
    yield* sleepUntil(due);
    yield* callFn(fn);
    // Calls that would have begun while this one ran are left out, so that the rest stays in step; one that is
    // due right now is not.
    const missed = ms === 0 ? 0 : Math.ceil((currentTime() - due) / ms) - 1;
    if (missed > 0) due += missed * ms;
  }
});

/**
 * Calls `fn` every `ms` milliseconds, the first time after `ms`, until it is cancelled or `fn` throws. The times
 * are counted from the start, so they do not drift. Calls never overlap: those due while `fn` runs are left out.
 *
 * Each wait is a checkpoint; `every(0, fn)` calls once a turn.
 *
 * @param ms 0 or more, or Infinity.
 * @throws what `fn` throws.
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number.
 * @throws Cancelled when the surrounding scope is cancelled.
 * @example
 *     tg.startSoon(() => every(30_000, sendHeartbeat));
 * Semantics: `setInterval`, without overlap and without drift.
 */
export function every(ms: number, fn: () => Operation<unknown>): Effect<never> {
  checkDuration(ms, 'every(ms, fn)');
  if (typeof fn !== 'function') {
    throw new TypeError(`every(ms, fn) takes a generator function, not ${describe(fn)}`);
  }
  return runEvery(ms, fn);
}

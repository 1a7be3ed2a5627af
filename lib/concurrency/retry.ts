/** Trying again. */
import { checkDuration, describe } from '../base/durations.js';
import { callFor, coroutine } from '../kernel/call.js';
import { currentEffectiveDeadline } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { currentTime, sleep } from '../kernel/sleep.js';
import { BackOff, type BackOffPolicy } from './back-off.js';
import { failureOf } from './cancellation.js';
import { checkCount, checkPlain } from './checks.js';

export interface RetryPolicy extends BackOffPolicy {
  /** How often `fn` is called at most, the first time included; default 3. */
  attempts?: number;
  /** Milliseconds after the first attempt's start from which no other attempt begins; default Infinity. */
  totalTime?: number;
  /** Whether this error is worth another attempt; default: every error is. */
  retryIf?: (error: unknown) => boolean;
}

interface Plan {
  readonly fn: (this: void, attempt: number) => Operation<unknown>;
  readonly backOff: BackOff;
  readonly attempts: number;
  readonly totalTime: number;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
}

function isWorthwhile(retryIf: Plan['retryIf'], error: unknown): boolean {
  const answer = retryIf?.(error);
  checkPlain(answer, "retry's retryIf");
  return answer !== false;
}

const callFn = callFor('retry(fn, policy)');

const runRetry = coroutine('retry', function* (plan: Plan): Coroutine<unknown> {
  const { fn, attempts, totalTime, retryIf } = plan;
  const pauseAfter = plan.backOff.start();
  const begin = currentTime();
  for (let attempt = 1; ; attempt++) {
    let pause: number;
    try {
      return yield* callFn(fn, attempt);
    } catch (thrown) {
      const error = failureOf(thrown);
      if (attempt >= attempts || !isWorthwhile(retryIf, error)) throw error;
      // In a cancelled scope the next checkpoint throws: the error would be lost in a pause that cannot be.
      if (currentEffectiveDeadline() === -Infinity) throw error;
      pause = pauseAfter(attempt);
      if (currentTime() - begin + pause >= totalTime) throw error;
    }
    yield* sleep(pause);
  }
});

/**
 * Calls `fn(1)`; if it fails, pauses and calls `fn(2)`, and so on, and gives the first value. Cancellation is
 * never retried. The pauses are `delay` (default 100 ms), then `factor` (default 2) times as long each time, at
 * most `maxDelay`, less a random part of `jitter`.
 *
 * A pause that would be infinite gives up. `totalTime` begins no attempt that would come too late and cuts none short: for that use `failAfter` in `fn`.
 *
 * Each pause is a checkpoint; for the rest it is one where `fn` is.
 *
 * @throws what the last attempt threw, itself.
 * @throws TypeError, RangeError if something in the policy is out of its range: before the first attempt.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const user = yield* retry(() => fetchUser(7), { attempts: 5, delay: 200, jitter: 0.5, retryIf: isTransient });
 */
export function retry<T>(fn: (attempt: number) => Operation<T>, policy: RetryPolicy = {}): Effect<T> {
  if (typeof fn !== 'function') {
    throw new TypeError(`retry(fn, policy) takes a generator function, not ${describe(fn)}`);
  }
  const { attempts = 3, totalTime = Infinity, retryIf } = policy;
  checkCount(attempts, "retry's attempts", 1);
  checkDuration(totalTime, "retry's totalTime");
  if (retryIf !== undefined && typeof retryIf !== 'function') {
    throw new TypeError(`retry's retryIf must be a function of the error, not ${describe(retryIf)}`);
  }
  const backOff = new BackOff(policy, 'retry', Infinity);
  return runRetry({ fn, backOff, attempts, totalTime, retryIf }) as Effect<T>;
}

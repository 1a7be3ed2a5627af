/** An operation's outcome as a value. */
import { coroutine } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adopt, checkOperation } from '../kernel/operation.js';
import { failureOf } from './cancellation.js';

/** What `attempt` gives: test `ok`, and the compiler knows which of the two is there. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

const runAttempt = coroutine('attempt', function* (operation: Operation<unknown>): Coroutine<
  Outcome<unknown>
> {
  const body = adopt(operation, 'attempt()'); // a mistake of the caller's is no outcome
  try {
    return { ok: true, value: yield* body };
  } catch (error) {
    return { ok: false, error: failureOf(error) };
  }
});

/**
 * Runs an operation, in the task that yields it, and gives its outcome as a value. Cancellation is never caught.
 *
 * A checkpoint where the operation is one.
 *
 * @throws TypeError if it is no operation, or a coroutine object given before.
 * @throws Cancelled if the operation does.
 * @example
 *     const outcome = yield* attempt(fetchUser(7));
 *     if (outcome.ok) show(outcome.value);
 *     else report(outcome.error);
 */
export function attempt<T>(operation: Operation<T>): Effect<Outcome<T>> {
  checkOperation(operation, 'attempt()');
  return runAttempt(operation) as Effect<Outcome<T>>;
}

/** Several operations side by side, their results in order; the first failure itself. */
import { coroutine } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { orFirstError } from './first-error.js';
import { checkList, type Results } from './operations.js';
import { together } from './together.js';

const runAll = coroutine('all', function* (list: Operation<unknown>[]): Coroutine<unknown[]> {
  const handles = yield* orFirstError(together(list, 'all'));
  return handles.map((handle) => handle.returnValue);
});

/**
 * Runs the operations side by side, each in a task of its own, and gives their results in the order of the
 * array. If one fails, the others are cancelled and awaited, and the first error is thrown itself; errors that
 * came after it are in its non-enumerable `group`.
 *
 * A checkpoint. In a scope already cancelled nothing is started. No operations: an empty array.
 *
 * @throws what the first operation to fail threw.
 * @throws TypeError if something is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const [user, orders] = yield* all([fetchUser(7), fetchOrders(7)]);
 * Semantics: `Promise.all`, except that nothing is left running.
 */
export function all<const T extends readonly Operation<unknown>[]>(operations: T): Effect<Results<T>> {
  return runAll(checkList(operations, 'all')) as Effect<Results<T>>;
}

/** Several operations side by side, their results in order; failures as a group. */
import { coroutine } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { checkAll, type Results } from './operations.js';
import { together } from './together.js';

const runGather = coroutine('gather', function* (list: Operation<unknown>[]): Coroutine<unknown[]> {
  const handles = yield* together(list, 'gather');
  return handles.map((handle) => handle.returnValue);
});

/**
 * Runs the operations side by side, each in a task of its own, and gives their results in the order of the
 * arguments. If one fails, the others are cancelled and awaited, and one group with every error is thrown.
 *
 * A checkpoint. In a scope already cancelled nothing is started. No operations: an empty array.
 *
 * @throws ExceptionGroup if an operation failed.
 * @throws TypeError if an argument is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const [user, orders] = yield* gather(fetchUser(7), fetchOrders(7));
 * Semantics: Python's `asyncio.gather`, with the structure of a task group.
 */
export function gather<const T extends readonly Operation<unknown>[]>(...operations: T): Effect<Results<T>> {
  checkAll(operations, 'gather');
  return runGather([...operations]) as Effect<Results<T>>;
}

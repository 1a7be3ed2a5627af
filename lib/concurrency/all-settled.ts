/** Several operations side by side, the outcome of each. */
import { coroutine } from '../kernel/call.js';
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adopt } from '../kernel/operation.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { failureOf } from './cancellation.js';
import { checkAll, checkList, nameOf, type Result } from './operations.js';

/** The outcome of each of several operations, place by place. */
export type SettledResults<T extends readonly unknown[]> = {
  -readonly [K in keyof T]: PromiseSettledResult<Result<T[K]>>;
};

function* settleOne(operation: Coroutine<unknown>): Coroutine<PromiseSettledResult<unknown>> {
  try {
    return { status: 'fulfilled', value: yield* operation };
  } catch (error) {
    return { status: 'rejected', reason: failureOf(error) };
  }
}

function* settleAll(
  tg: TaskGroup,
  list: Operation<unknown>[],
): Coroutine<TaskHandle<PromiseSettledResult<unknown>>[]> {
  return list.map((operation, index) =>
    tg.createTask(settleOne(adopt(operation, 'allSettled()')), {
      name: nameOf(operation, 'allSettled', index),
    }),
  );
}

const runAllSettled = coroutine('allSettled', function* (list: Operation<unknown>[]): Coroutine<
  PromiseSettledResult<unknown>[]
> {
  yield* checkpointIfCancelled();
  checkAll(list, 'allSettled');
  // An arrow function over a function* of the module: see `use`.
  const handles = yield* taskGroup((tg) => settleAll(tg, list), { name: 'allSettled' });
  return handles.map((handle) => handle.returnValue);
});

/**
 * Runs the operations side by side, each in a task of its own, and gives the outcome of each, in the order of
 * the array: `{ status: 'fulfilled', value }` or `{ status: 'rejected', reason }`. A failure leaves the others
 * alone. Cancellation is no outcome: it goes on outwards when all have ended.
 *
 * A checkpoint. In a scope already cancelled nothing is started. No operations: an empty array.
 *
 * @throws TypeError if something is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     for (const outcome of yield* allSettled(urls.map(ping))) console.log(outcome.status);
 * Semantics: `Promise.allSettled`.
 */
export function allSettled<const T extends readonly Operation<unknown>[]>(
  operations: T,
): Effect<SettledResults<T>> {
  return runAllSettled(checkList(operations, 'allSettled')) as Effect<SettledResults<T>>;
}

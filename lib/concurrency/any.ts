/** The first of several operations to succeed. */
import { TaskCancelled, withoutStack } from '../base/errors.js';
import { ExceptionGroup } from '../base/exception-group.js';
import { coroutine } from '../kernel/call.js';
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adopt } from '../kernel/operation.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import { failureOf } from './cancellation.js';
import { Decision } from './decision.js';
import { checkAll, checkList, nameOf, type Result } from './operations.js';

/** `errors`: of those that failed, in the order in which they arose. */
function* tryOne(
  tg: TaskGroup,
  decision: Decision,
  errors: unknown[],
  operation: Coroutine<unknown>,
): Coroutine<void> {
  let given: unknown;
  try {
    given = yield* operation;
  } catch (error) {
    errors.push(failureOf(error));
    return;
  }
  if (decision.take(given)) tg.cancel('another operation has succeeded');
}

function* tryAll(
  tg: TaskGroup,
  decision: Decision,
  errors: unknown[],
  list: Operation<unknown>[],
): Coroutine<void> {
  list.forEach((operation, index) => {
    const name = nameOf(operation, 'any', index);
    tg.createTask(tryOne(tg, decision, errors, adopt(operation, 'any()')), { name });
  });
}

const runAny = coroutine('any', function* (list: Operation<unknown>[]): Coroutine<unknown> {
  yield* checkpointIfCancelled();
  checkAll(list, 'any');
  const decision = new Decision();
  const errors: unknown[] = [];
  try {
    // An arrow function over a function* of the module: see `use`.
    yield* taskGroup((tg) => tryAll(tg, decision, errors, list), { name: 'any' });
  } catch (error) {
    decision.revoke();
    throw error;
  }
  if (decision.isMade) return decision.value;
  if (errors.length === 0) throw new TaskCancelled('every operation given to any() was cancelled');
  const count = errors.length === 1 ? 'the one operation' : `all ${errors.length} operations`;
  throw withoutStack(() => new ExceptionGroup(errors, `${count} given to any() failed`));
});

/**
 * Runs the operations side by side and gives the value of the first that succeeds. The others are cancelled and
 * awaited before it returns. Failures count only when there is no success: then a group of all of them is thrown,
 * in the order in which they arose.
 *
 * A checkpoint. In a scope already cancelled nothing is started. A second one that succeeds in the same turn of the loop
 * has no taker for its value: as with `race`, that is disposed of if it has `Symbol.dispose`, and else dropped.
 *
 * @throws ExceptionGroup if all operations failed.
 * @throws RangeError if there are no operations.
 * @throws TypeError if something is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const page = yield* any(mirrors.map((mirror) => download(mirror)));
 * Semantics: `Promise.any`, except that nothing is left running.
 */
export function any<const T extends readonly Operation<unknown>[]>(operations: T): Effect<Result<T[number]>> {
  const list = checkList(operations, 'any');
  if (list.length === 0)
    throw new RangeError('any([]) has no operation that could succeed: give it at least one');
  return runAny(list) as Effect<Result<T[number]>>;
}

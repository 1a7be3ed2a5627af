/** The first of several operations to end, however it ends. */
import { TaskCancelled } from '../base/errors.js';
import { coroutine } from '../kernel/call.js';
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adopt } from '../kernel/operation.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import { Decision } from './decision.js';
import { orFirstError } from './first-error.js';
import { checkAll, checkList, nameOf, type Result } from './operations.js';

function* contend(tg: TaskGroup, decision: Decision, operation: Coroutine<unknown>): Coroutine<void> {
  if (decision.take(yield* operation)) tg.cancel('another operation has won the race');
}

function* contendAll(tg: TaskGroup, decision: Decision, list: Operation<unknown>[]): Coroutine<void> {
  list.forEach((operation, index) => {
    const name = nameOf(operation, 'race', index);
    tg.createTask(contend(tg, decision, adopt(operation, 'race()')), { name });
  });
}

const runRace = coroutine('race', function* (list: Operation<unknown>[]): Coroutine<unknown> {
  yield* checkpointIfCancelled();
  checkAll(list, 'race');
  const decision = new Decision();
  try {
    // An arrow function over a function* of the module: see `use`.
    yield* orFirstError(taskGroup((tg) => contendAll(tg, decision, list), { name: 'race' }));
  } catch (error) {
    decision.revoke();
    throw error;
  }
  if (!decision.isMade) throw new TaskCancelled('every operation of a race was cancelled: none has won');
  return decision.value;
});

/**
 * Runs the operations side by side and gives the value of the first that ends; if the first to end throws, that
 * error is thrown itself. The losers are cancelled and awaited before it returns. A loser that fails all the
 * same, in its clean-up say, fails the race: no error is lost, the later ones are in the first one's `group`.
 *
 * A checkpoint. In a scope already cancelled nothing is started. Operations that complete in the same turn of the
 * loop: the one that stands first in the ready queue wins. What another has been given then has no taker: a value
 * with `Symbol.dispose`, a permit say, is disposed of, any other is dropped. So an item of a stream may be lost: let
 * the branch that receives it handle it too, or wait with `moveOnAfter` in place of a race.
 *
 * @throws what the first operation to end threw.
 * @throws RangeError if there are no operations: such a race would never end.
 * @throws TypeError if something is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const answer = yield* race([askPrimary(), askMirror()]);
 *     yield* race([stop.wait(), (function* () { handle(yield* stream.receive()); })()]); // no item is lost
 * Semantics: `Promise.race`, except that nothing is left running.
 */
export function race<const T extends readonly Operation<unknown>[]>(
  operations: T,
): Effect<Result<T[number]>> {
  const list = checkList(operations, 'race');
  if (list.length === 0)
    throw new RangeError('race([]) has no operation that could end: give it at least one');
  return runRace(list) as Effect<Result<T[number]>>;
}

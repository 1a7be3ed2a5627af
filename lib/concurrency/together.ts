/** What `all` and `gather` share: a group with a task for each operation. */
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import type { Coroutine, Operation } from '../kernel/effect.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { checkAll, nameOf } from './operations.js';

/** Spawns each operation in a group of its own and gives their handles when all have ended. */
export function* together(list: Operation<unknown>[], helper: string): Coroutine<TaskHandle<unknown>[]> {
  yield* checkpointIfCancelled();
  checkAll(list, helper); // again: since the effect was made, someone else may have taken one
  // The end of a group switches tasks: with the look above, the whole is a checkpoint.
  // An arrow function over a function* of the module: see `use`.
  return yield* taskGroup((tg) => spawnAll(tg, list, helper), { name: helper });
}

function* spawnAll(
  tg: TaskGroup,
  list: Operation<unknown>[],
  helper: string,
): Coroutine<TaskHandle<unknown>[]> {
  return list.map((operation, index) => tg.createTask(operation, { name: nameOf(operation, helper, index) }));
}

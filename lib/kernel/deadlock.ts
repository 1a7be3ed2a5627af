/**
 * What happens when every task is parked and nothing can ever wake one (rule L5): the run fails with an error
 * that lists each task and what it waits for (see `wait-report.ts`), but the tasks end in the ordinary way first, so that their
 * clean-up runs. They are asked ever harder, as long as the run gets stuck again:
 *
 *   1. the main task is cancelled;
 *   2. shields come down: nothing can wake who hides behind one;
 *   3. waits that refuse to be given up (KEEP_WAITING) are given up all the same.
 */
import { Cancelled } from '../base/cancelled.js';
import { DeadlockError, withoutStack } from '../base/errors.js';
import type { Scope } from './scope.js';
import { type Engine, Task } from './task.js';
import { PARKED } from './task-state.js';
import { reportWaits } from './wait-report.js';

/** From this stage on a wait may not refuse to be given up. */
export const FORCED = 3;

export function breakDeadlock(loop: Engine): void {
  const main = loop.main as Task;
  if (loop.hopeless === null) loop.hopeless = deadlockError(loop);
  giveUp(loop, main, loop.hopeless);
}

/** Asks all tasks to end because of `why`; harder each time, until one of them is ready. */
export function giveUp(loop: Engine, main: Task, why: Error): void {
  loop.hopeless ??= why;
  let isForced = false;
  while (loop.ready.isEmpty) {
    loop.hopelessness++;
    if (loop.hopelessness === 1) {
      main.cancelBecause(
        Cancelled.create(`nothing can wake the run any more: ${why.name}`, why, main, { cause: why }),
      );
    } else if (loop.hopelessness === 2) {
      for (const node of nodesOf(main)) if (node.shielded) node.unshield();
    } else {
      // Past that only an error in the engine could leave the run stuck: better to fail than to spin.
      if (isForced) throw why;
      isForced = true;
      for (const task of tasksOf(main))
        if (task.state === PARKED) task.deliver(task.scope.effective ?? (main.own as Cancelled));
    }
  }
}

function deadlockError(loop: Engine): DeadlockError {
  const { text, hasCycles, waits } = reportWaits(tasksOf(loop.main as Task));
  const cure = hasCycles
    ? 'Break the cycle: take what the tasks share in the same order everywhere, let go of it before waiting, or wait with a timeout (failAfter).'
    : 'Let one task do what another waits for, or wait with a timeout (failAfter). ' +
      'If something outside of the run will answer, wait for it with until() or suspend().';
  const message = `every task of ${loop.name} is parked and nothing can ever wake one of them:\n${text}\n${cure}`;
  return withoutStack(() => new DeadlockError(message, { waits }));
}

/** Who waits for what, a line a task. */
export function listWaits(main: Task): string {
  return reportWaits(tasksOf(main)).text;
}

/** The nodes of the cancel tree below `top`, and `top`, parents first. */
export function nodesOf(top: Scope): Scope[] {
  const nodes: Scope[] = [top];
  for (let at = 0; at < nodes.length; at++) {
    for (let node = (nodes[at] as Scope).first; node !== null; node = node.next) nodes.push(node);
  }
  return nodes;
}

/** The live tasks of a run, oldest first. */
export function tasksOf(main: Task): Task[] {
  const tasks = nodesOf(main).filter((node): node is Task => node instanceof Task);
  return tasks.sort((one, other) => one.id - other.id);
}

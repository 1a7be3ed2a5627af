/** What is to be seen of runs that stand still in this process. */
import { movedTask } from './moved-task.js';
import type { AnyStepper } from './moves.js';
import { Standing } from './standing.js';
import type { Values } from './values.js';

interface SteppedRun {
  readonly name: string;
  /** What is added to the ids of its tasks. */
  readonly base: number;
  readonly stepper: AnyStepper;
}

export function lookAt(runs: readonly SteppedRun[], values: Values): Standing {
  const standing = runs.map(({ name, base, stepper }) => {
    const tasks = stepper.tasks();
    const { last } = stepper;
    return { name, base, tasks, moved: last && movedTask(last, tasks) };
  });
  return new Standing(standing, values);
}

import type { Sample } from '../../harness/contract.js';
import { type Body, drain, Group, Park, type Task, wake } from '../../harness/floor.js';

const sample: Sample = ({ n }, watch) => {
  let ended = 0;
  const tasks: Task[] = [];
  const park = new Park((task) => tasks.push(task));

  function* parked(): Body {
    yield park;
    ended++;
    return undefined;
  }

  const group = new Group();
  watch.start();
  for (let i = 0; i < n; i++) group.spawn(parked());
  drain();
  watch.stop();
  for (const task of tasks) wake(task);
  drain();
  // Optimised code may keep this context, and with it the tasks, alive into the next sample.
  tasks.length = 0;
  return ended;
};
export default sample;

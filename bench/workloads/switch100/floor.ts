import type { Sample } from '../../harness/contract.js';
import { type Body, Group, pass, run, type Task } from '../../harness/floor.js';
import { TASKS } from '../switch100.js';

function* turns(n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number): Body {
  const group = new Group();
  const tasks: Task[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(group.spawn(turns(n / TASKS)));
  yield group;
  let sum = 0;
  for (const task of tasks) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

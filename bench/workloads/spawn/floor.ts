import type { Sample } from '../../harness/contract.js';
import { type Body, Group, pass, run, type Task } from '../../harness/floor.js';

function* child(i: number): Body {
  yield pass;
  return i;
}

function* main(n: number): Body {
  const group = new Group();
  const children: Task[] = [];
  for (let i = 0; i < n; i++) children.push(group.spawn(child(i)));
  yield group;
  let sum = 0;
  for (const task of children) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

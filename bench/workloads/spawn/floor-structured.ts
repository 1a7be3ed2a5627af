import type { Sample } from '../../harness/contract.js';
import { type Body, Group, pass, run, type Task } from '../../harness/structured-floor.js';

function* child(i: number): Body {
  yield pass;
  return i;
}

function* main(n: number): Body {
  const children = (yield new Group(function* (group): Body {
    const handles: Task[] = [];
    for (let i = 0; i < n; i++) handles.push(group.spawn(child, i));
    return handles;
  })) as Task[];
  let sum = 0;
  for (const task of children) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main, n) as number;
export default sample;

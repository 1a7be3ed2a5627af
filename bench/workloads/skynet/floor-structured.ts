import type { Sample } from '../../harness/contract.js';
import { type Body, Group, pass, run, type Task } from '../../harness/structured-floor.js';
import { FAN_OUT } from '../skynet.js';

function* node(first: number, leaves: number): Body {
  if (leaves === 1) {
    yield pass;
    return first;
  }
  const size = leaves / FAN_OUT;
  const children = (yield new Group(function* (group): Body {
    const handles: Task[] = [];
    for (let i = 0; i < FAN_OUT; i++) handles.push(group.spawn(node, first + i * size, size));
    return handles;
  })) as Task[];
  let sum = 0;
  for (const task of children) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(node, 0, n) as number;
export default sample;

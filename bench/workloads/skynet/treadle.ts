import { type Coroutine, checkpoint, run, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Sample } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

const pass = checkpoint();

function* node(first: number, leaves: number): Coroutine<number> {
  if (leaves === 1) {
    yield* pass;
    return first;
  }
  const size = leaves / FAN_OUT;
  const children = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < FAN_OUT; i++) handles.push(tg.startSoon(node, first + i * size, size));
    return handles;
  });
  let sum = 0;
  for (const handle of children) sum = (sum + handle.returnValue) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(() => node(0, n));
export default sample;

import { type Coroutine, run, sleep, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

function* sleeper(i: number): Coroutine<number> {
  yield* sleep(delayOf(i));
  return i;
}

function* main(n: number): Coroutine<number> {
  const sleepers = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < n; i++) handles.push(tg.startSoon(sleeper, i));
    return handles;
  });
  let sum = 0;
  for (const handle of sleepers) sum = (sum + handle.returnValue) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(() => main(n));
export default sample;

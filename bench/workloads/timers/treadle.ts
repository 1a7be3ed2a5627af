import { type Coroutine, run, sleep, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

function* byYield(i: number): Coroutine<number> {
  yield sleep(delayOf(i));
  return i;
}

function* byDelegation(i: number): Coroutine<number> {
  yield* sleep(delayOf(i));
  return i;
}

function* main(sleeper: typeof byYield, n: number): Coroutine<number> {
  const sleepers = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < n; i++) handles.push(tg.startSoon(sleeper, i));
    return handles;
  });
  let sum = 0;
  for (const handle of sleepers) sum = (sum + handle.returnValue) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

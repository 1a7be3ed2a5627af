import { type Coroutine, checkpoint, run, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';

const pass = checkpoint();

function* byYield(i: number): Coroutine<number> {
  yield pass;
  return i;
}

function* byDelegation(i: number): Coroutine<number> {
  yield* checkpoint();
  return i;
}

function* main(child: (i: number) => Coroutine<number>, n: number): Coroutine<number> {
  const children = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < n; i++) handles.push(tg.startSoon(child, i));
    return handles;
  });
  let sum = 0;
  for (const handle of children) sum = (sum + handle.returnValue) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

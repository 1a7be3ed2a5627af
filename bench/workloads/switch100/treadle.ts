import { type Coroutine, checkpoint, run, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

const pass = checkpoint();

function* byYield(n: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

function* byDelegation(n: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield* checkpoint();
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(turns: (n: number) => Coroutine<number>, n: number): Coroutine<number> {
  const tasks = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < TASKS; i++) handles.push(tg.startSoon(turns, n / TASKS));
    return handles;
  });
  let sum = 0;
  for (const task of tasks) sum = (sum + task.returnValue) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

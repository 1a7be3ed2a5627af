import { type Coroutine, checkpoint, run, type TaskHandle, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

const pass = checkpoint();

function* byYield(first: number, leaves: number): Coroutine<number> {
  if (leaves === 1) {
    yield pass;
    return first;
  }
  const size = leaves / FAN_OUT;
  const children = (yield taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < FAN_OUT; i++) handles.push(tg.startSoon(byYield, first + i * size, size));
    return handles;
  })) as TaskHandle<number>[];
  let sum = 0;
  for (const handle of children) sum = (sum + handle.returnValue) | 0;
  return sum;
}

function* byDelegation(first: number, leaves: number): Coroutine<number> {
  if (leaves === 1) {
    yield* pass;
    return first;
  }
  const size = leaves / FAN_OUT;
  const children = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles: TaskHandle<number>[] = [];
    for (let i = 0; i < FAN_OUT; i++) handles.push(tg.startSoon(byDelegation, first + i * size, size));
    return handles;
  });
  let sum = 0;
  for (const handle of children) sum = (sum + handle.returnValue) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => byYield(0, n)),
  'yield*': ({ n }: Params) => run(() => byDelegation(0, n)),
};

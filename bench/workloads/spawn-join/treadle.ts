import { type Coroutine, checkpoint, run, taskGroup } from '../../../lib/index.js';
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
  return yield* taskGroup(function* (tg): Coroutine<number> {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (yield* tg.startSoon(child, i))) | 0;
    return sum;
  });
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

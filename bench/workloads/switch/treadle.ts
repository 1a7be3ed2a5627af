import { type Coroutine, checkpoint, run } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';

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

export default {
  yield: ({ n }: Params) => run(() => byYield(n)),
  'yield*': ({ n }: Params) => run(() => byDelegation(n)),
};

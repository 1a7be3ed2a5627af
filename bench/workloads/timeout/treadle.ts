import { type Coroutine, failAfter, run } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

function* operation(i: number): Coroutine<number> {
  return i;
}

function* byYield(n: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + ((yield failAfter(TIMEOUT, () => operation(i))) as number)) | 0;
  return sum;
}

function* byDelegation(n: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (yield* failAfter(TIMEOUT, () => operation(i)))) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => byYield(n)),
  'yield*': ({ n }: Params) => run(() => byDelegation(n)),
};

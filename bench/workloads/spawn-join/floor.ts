import type { Params } from '../../harness/contract.js';
import { type Body, Join, pass, run } from '../../harness/floor.js';

interface Family {
  child(i: number): Body;
  parent(n: number): Body;
}

const byYield: Family = {
  *child(i) {
    yield pass;
    return i;
  },
  *parent(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + ((yield new Join(byYield.child(i))) as number)) | 0;
    return sum;
  },
};

const byDelegation: Family = {
  *child(i) {
    yield* pass;
    return i;
  },
  *parent(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + ((yield* new Join(byDelegation.child(i))) as number)) | 0;
    return sum;
  },
};

export default {
  yield: ({ n }: Params) => run(byYield.parent(n)) as number,
  /** The protocol of `yield*`, at its barest. */
  'yield*': ({ n }: Params) => run(byDelegation.parent(n)) as number,
};

import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';

const main = (ready: ReadyPoint, n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* ready;
      sum = (sum + i) | 0;
    }
    return sum;
  });

export default {
  promise: ({ n }: Params) => Effect.runPromise(main(promised, n)),
  yieldNow: ({ n }: Params) => Effect.runPromise(main(yielded, n)),
};

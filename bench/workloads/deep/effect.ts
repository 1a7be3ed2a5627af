import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';
import { SUSPENSIONS } from '../deep10.js';

const recurse = (ready: ReadyPoint, depth: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (depth > 1) return yield* recurse(ready, depth - 1);
    let sum = 0;
    for (let i = 0; i < SUSPENSIONS; i++) {
      yield* ready;
      sum = (sum + i) | 0;
    }
    return sum;
  });

const main = (ready: ReadyPoint, n: number, depth: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (yield* recurse(ready, depth))) | 0;
    return sum;
  });

export default {
  promise: ({ n, depth }: Params) => Effect.runPromise(main(promised, n, depth)),
  yieldNow: ({ n, depth }: Params) => Effect.runPromise(main(yielded, n, depth)),
};

import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';

const descend = (ready: ReadyPoint, depth: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (depth > 1) return (yield* descend(ready, depth - 1)) + 1;
    yield* ready;
    return 1;
  });

const main = (ready: ReadyPoint, n: number, depth: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let done = 0; done < n; done += depth) sum += yield* descend(ready, depth);
    return sum;
  });

export default {
  promise: ({ n, depth }: Params) => Effect.runPromise(main(promised, n, depth)),
  yieldNow: ({ n, depth }: Params) => Effect.runPromise(main(yielded, n, depth)),
};

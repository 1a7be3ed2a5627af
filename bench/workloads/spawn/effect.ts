import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';

const child = (ready: ReadyPoint, i: number) =>
  Effect.gen(function* () {
    yield* ready;
    return i;
  });

const main = (ready: ReadyPoint, n: number) =>
  Effect.gen(function* () {
    const children: Effect.Effect<number>[] = [];
    for (let i = 0; i < n; i++) children.push(child(ready, i));
    let sum = 0;
    for (const value of yield* Effect.all(children, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

export default {
  promise: ({ n }: Params) => Effect.runPromise(main(promised, n)),
  yieldNow: ({ n }: Params) => Effect.runPromise(main(yielded, n)),
};

import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';
import { TASKS } from '../switch100.js';

const turns = (ready: ReadyPoint, n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* ready;
      sum = (sum + i) | 0;
    }
    return sum;
  });

const main = (ready: ReadyPoint, n: number) =>
  Effect.gen(function* () {
    const tasks = Array.from({ length: TASKS }, () => turns(ready, n / TASKS));
    let sum = 0;
    for (const value of yield* Effect.all(tasks, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

export default {
  promise: ({ n }: Params) => Effect.runPromise(main(promised, n)),
  yieldNow: ({ n }: Params) => Effect.runPromise(main(yielded, n)),
};

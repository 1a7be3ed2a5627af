import { Effect } from 'effect';
import type { Params } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';
import { FAN_OUT } from '../skynet.js';

const node = (ready: ReadyPoint, first: number, leaves: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (leaves === 1) {
      yield* ready;
      return first;
    }
    const size = leaves / FAN_OUT;
    const children: Effect.Effect<number>[] = [];
    for (let i = 0; i < FAN_OUT; i++) children.push(node(ready, first + i * size, size));
    let sum = 0;
    for (const value of yield* Effect.all(children, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

export default {
  promise: ({ n }: Params) => Effect.runPromise(node(promised, 0, n)),
  yieldNow: ({ n }: Params) => Effect.runPromise(node(yielded, 0, n)),
};

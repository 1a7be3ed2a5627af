import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

const node = (first: number, leaves: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (leaves === 1) {
      yield* Effect.yieldNow;
      return first;
    }
    const size = leaves / FAN_OUT;
    const children: Effect.Effect<number>[] = [];
    for (let i = 0; i < FAN_OUT; i++) children.push(node(first + i * size, size));
    let sum = 0;
    for (const value of yield* Effect.all(children, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(node(0, n));
export default sample;

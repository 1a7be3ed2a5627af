import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';

const child = (i: number) =>
  Effect.gen(function* () {
    yield* Effect.yieldNow;
    return i;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const children: Effect.Effect<number>[] = [];
    for (let i = 0; i < n; i++) children.push(child(i));
    let sum = 0;
    for (const value of yield* Effect.all(children, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

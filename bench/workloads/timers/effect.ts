import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

const sleeper = (i: number) =>
  Effect.gen(function* () {
    yield* Effect.sleep(delayOf(i));
    return i;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const sleepers: Effect.Effect<number>[] = [];
    for (let i = 0; i < n; i++) sleepers.push(sleeper(i));
    let sum = 0;
    for (const value of yield* Effect.all(sleepers, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

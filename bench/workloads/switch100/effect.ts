import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

const turns = (n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* Effect.yieldNow;
      sum = (sum + i) | 0;
    }
    return sum;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const tasks = Array.from({ length: TASKS }, () => turns(n / TASKS));
    let sum = 0;
    for (const value of yield* Effect.all(tasks, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

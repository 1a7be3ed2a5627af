import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';

const main = (n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* Effect.yieldNow;
      sum = (sum + i) | 0;
    }
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

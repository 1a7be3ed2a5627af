import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

const recurse = (depth: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (depth > 1) return yield* recurse(depth - 1);
    let sum = 0;
    for (let i = 0; i < SUSPENSIONS; i++) {
      yield* Effect.yieldNow;
      sum = (sum + i) | 0;
    }
    return sum;
  });

const main = (n: number, depth: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (yield* recurse(depth))) | 0;
    return sum;
  });

const sample: Sample = ({ n, depth }) => Effect.runPromise(main(n, depth));
export default sample;

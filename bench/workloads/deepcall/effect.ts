import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';

const descend = (depth: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    if (depth > 1) return (yield* descend(depth - 1)) + 1;
    yield* Effect.yieldNow;
    return 1;
  });

const main = (n: number, depth: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let done = 0; done < n; done += depth) sum += yield* descend(depth);
    return sum;
  });

const sample: Sample = ({ n, depth }) => Effect.runPromise(main(n, depth));
export default sample;

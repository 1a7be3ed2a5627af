import { Effect, Fiber } from 'effect';
import type { Sample } from '../../harness/contract.js';

const child = (i: number) =>
  Effect.gen(function* () {
    yield* Effect.yieldNow;
    return i;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const fiber = yield* Effect.forkChild(child(i));
      sum = (sum + (yield* Fiber.join(fiber))) | 0;
    }
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

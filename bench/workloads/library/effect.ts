// Not from 'effect': the whole package would be loaded, and more of it would stay in a bundle.
import * as Effect from 'effect/Effect';
import type { Sample } from '../../harness/contract.js';

const child = (i: number) =>
  Effect.gen(function* () {
    yield* Effect.sleep(0);
    return i;
  });

const sample: Sample = () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const [one, two] = yield* Effect.all([child(1), child(2)], { concurrency: 'unbounded' });
      return one + two;
    }),
  );
export default sample;

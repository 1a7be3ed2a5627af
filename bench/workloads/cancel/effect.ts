import { Effect, Fiber } from 'effect';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let parked = 0;
  let unwound = 0;

  // `ensuring` is this system's finally: interruption does not go through the generator.
  const park = Effect.suspend(() => {
    parked++;
    return Effect.never;
  }).pipe(
    Effect.ensuring(
      Effect.sync(() => {
        unwound++;
      }),
    ),
  );

  const main = Effect.gen(function* () {
    const tasks = Array.from({ length: n }, () => park);
    const fiber = yield* Effect.forkChild(Effect.all(tasks, { concurrency: 'unbounded' }));
    while (parked < n) yield* Effect.yieldNow;
    watch.start();
    yield* Fiber.interrupt(fiber);
    watch.stop();
    return unwound;
  });
  return Effect.runPromise(main);
};
export default sample;

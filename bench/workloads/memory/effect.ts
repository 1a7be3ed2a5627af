import { Deferred, Effect, Fiber } from 'effect';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let parked = 0;
  let ended = 0;

  const main = Effect.gen(function* () {
    const gate = yield* Deferred.make<void>();
    const task = Effect.gen(function* () {
      parked++;
      yield* Deferred.await(gate);
      ended++;
    });
    watch.start();
    const tasks = Array.from({ length: n }, () => task);
    const fiber = yield* Effect.forkChild(Effect.all(tasks, { concurrency: 'unbounded' }));
    while (parked < n) yield* Effect.yieldNow;
    watch.stop();
    yield* Deferred.succeed(gate, undefined);
    yield* Fiber.join(fiber);
    return ended;
  });
  return Effect.runPromise(main);
};
export default sample;

import { Deferred, Effect, Fiber, Stream } from 'effect';
import type { Sample } from '../../harness/contract.js';

/** An EventTarget that can tell when somebody listens: a stream begins to when its fiber first runs. */
class Target extends EventTarget {
  listening = false;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listening = true;
    super.addEventListener(...args);
  }
}

const sample: Sample = ({ n, depth }) => {
  let count = 0;
  const targets = Array.from({ length: depth }, () => new Target());

  const main = Effect.gen(function* () {
    let arrived = yield* Deferred.make<void>();

    const link = (target: Target, next: Target | undefined) =>
      Stream.fromEventListener<Event>(target, 'foo').pipe(
        Stream.runForEach(() => {
          count++;
          if (next === undefined) return Deferred.succeed(arrived, undefined);
          return Effect.sync(() => next.dispatchEvent(new Event('foo')));
        }),
      );

    const links = Effect.all(
      targets.map((target, i) => link(target, targets[i + 1])),
      { concurrency: 'unbounded' },
    );
    const fiber = yield* Effect.forkChild(links);
    while (targets.some(({ listening }) => !listening)) yield* Effect.yieldNow;
    for (let i = 0; i < n; i++) {
      arrived = yield* Deferred.make<void>();
      targets[0]!.dispatchEvent(new Event('foo'));
      yield* Deferred.await(arrived);
    }
    yield* Fiber.interrupt(fiber);
    return count;
  });
  return Effect.runPromise(main);
};
export default sample;

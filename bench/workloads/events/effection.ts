import { each, type Operation, on, run, type Stream, sleep, spawn, withResolvers } from 'effection';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n, depth }) => {
  let count = 0;
  let listening = 0;
  let arrived = withResolvers<void>();

  function* link(stream: Stream<Event, never>, next: EventTarget | undefined): Operation<void> {
    listening++;
    for (const _ of yield* each(stream)) {
      count++;
      if (next === undefined) arrived.resolve();
      else next.dispatchEvent(new Event('foo'));
      yield* each.next();
    }
  }

  return await run(function* () {
    const targets = Array.from({ length: depth }, () => new EventTarget());
    for (const [i, target] of targets.entries()) {
      yield* spawn(() => link(on(target, 'foo') as Stream<Event, never>, targets[i + 1]));
    }
    while (listening < depth) yield* sleep(0);
    for (let i = 0; i < n; i++) {
      arrived = withResolvers<void>();
      targets[0]!.dispatchEvent(new Event('foo'));
      yield* arrived.operation;
    }
    return count;
  });
};
export default sample;

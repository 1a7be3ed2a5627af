import { Event as Arrival, type Coroutine, checkpoint, events, run, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';

/** What the tasks of one chain share. */
class Chain {
  count = 0;
  arrived = new Arrival();

  pass(next: EventTarget | undefined): void {
    this.count++;
    if (next === undefined) this.arrived.set();
    else next.dispatchEvent(new Event('foo'));
  }
}

type Link = (chain: Chain, target: EventTarget, next: EventTarget | undefined) => Coroutine<void>;

function* byYield(chain: Chain, target: EventTarget, next: EventTarget | undefined): Coroutine<void> {
  using stream = yield* events(target, 'foo');
  for (;;) {
    yield stream.receive();
    chain.pass(next);
  }
}

function* byDelegation(chain: Chain, target: EventTarget, next: EventTarget | undefined): Coroutine<void> {
  using stream = yield* events(target, 'foo');
  for (;;) {
    yield* stream.receive();
    chain.pass(next);
  }
}

function* byForEach(chain: Chain, target: EventTarget, next: EventTarget | undefined): Coroutine<void> {
  using stream = yield* events(target, 'foo');
  yield* stream.forEach(function* () {
    chain.pass(next);
  });
}

function* main(link: Link, n: number, depth: number): Coroutine<number> {
  const chain = new Chain();
  const targets = Array.from({ length: depth }, () => new EventTarget());
  yield* taskGroup(function* (tg): Coroutine<void> {
    for (const [i, target] of targets.entries()) tg.startSoon(link, chain, target, targets[i + 1]);
    yield* checkpoint(); // all listen now
    for (let i = 0; i < n; i++) {
      chain.arrived = new Arrival();
      targets[0]!.dispatchEvent(new Event('foo'));
      yield* chain.arrived.wait();
    }
    tg.cancel();
  });
  return chain.count;
}

export default {
  yield: ({ n, depth }: Params) => run(() => main(byYield, n, depth)),
  'yield*': ({ n, depth }: Params) => run(() => main(byDelegation, n, depth)),
  forEach: ({ n, depth }: Params) => run(() => main(byForEach, n, depth)),
};

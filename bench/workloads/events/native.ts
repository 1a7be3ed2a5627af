import { on } from 'node:events';
import type { Params } from '../../harness/contract.js';
import { type Counter, Driver, EventQueue, link } from '../../harness/native-events.js';

async function linkOn(
  events: AsyncIterable<unknown>,
  counter: Counter,
  next: EventTarget | undefined,
  last: () => void,
): Promise<void> {
  for await (const _ of events) {
    counter.count++;
    if (next === undefined) last();
    else next.dispatchEvent(new Event('foo'));
  }
}

const ended = new Error('no more events');

export default {
  async loop({ n, depth }: Params) {
    const counter = { count: 0 };
    const driver = new Driver(depth);
    const queues = driver.targets.map((target) => new EventQueue(target));
    const links = queues.map((queue, i) => link(queue, counter, driver.targets[i + 1], driver.last));
    const all = Promise.allSettled(links);
    await driver.send(n);
    for (const queue of queues) queue.stop(ended);
    await all;
    return counter.count;
  },

  async on({ n, depth }: Params) {
    const counter = { count: 0 };
    const driver = new Driver(depth);
    const stop = new AbortController();
    const links = driver.targets.map((target, i) =>
      linkOn(
        on(target as unknown as NodeJS.EventEmitter, 'foo', { signal: stop.signal }),
        counter,
        driver.targets[i + 1],
        driver.last,
      ),
    );
    const all = Promise.allSettled(links);
    await driver.send(n);
    stop.abort();
    await all;
    return counter.count;
  },

  /** What Effection's suite compares itself with: no task anywhere. */
  async listener({ n, depth }: Params) {
    const counter = { count: 0 };
    const driver = new Driver(depth);
    const stop = new AbortController();
    for (const [i, target] of driver.targets.entries()) {
      const next = driver.targets[i + 1];
      const listener = () => {
        counter.count++;
        if (next === undefined) driver.last();
        else next.dispatchEvent(new Event('foo'));
      };
      target.addEventListener('foo', listener, { signal: stop.signal });
    }
    await driver.send(n);
    stop.abort();
    return counter.count;
  },
};

import { on } from 'node:events';
import type { Params } from '../../harness/contract.js';

interface Counter {
  count: number;
}

/** Waits for the events of one target, which are kept as long as nobody awaits them. */
class EventQueue {
  private readonly events: Event[] = [];
  private readonly target: EventTarget;
  private waiting: { resolve(event: Event): void; reject(reason: unknown): void } | undefined;
  private readonly listener = (event: Event): void => {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.events.push(event);
    else waiting.resolve(event);
  };

  constructor(target: EventTarget) {
    this.target = target;
    target.addEventListener('foo', this.listener);
  }

  next(): Promise<Event> | Event {
    const event = this.events.shift();
    if (event !== undefined) return event;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  stop(reason: unknown): void {
    this.target.removeEventListener('foo', this.listener);
    this.waiting?.reject(reason);
  }
}

/** One link of the chain: `next` is the following link's target, or else the driver is told. */
async function link(queue: EventQueue, counter: Counter, next: EventTarget | undefined, last: () => void) {
  for (;;) {
    await queue.next();
    counter.count++;
    if (next === undefined) last();
    else next.dispatchEvent(new Event('foo'));
  }
}

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

/** Sends n events, each when the one before it has come to the end. */
class Driver {
  readonly targets: EventTarget[];
  private resolve: () => void = () => {};
  readonly last = (): void => this.resolve();

  constructor(depth: number) {
    this.targets = Array.from({ length: depth }, () => new EventTarget());
  }

  async send(n: number): Promise<void> {
    for (let i = 0; i < n; i++) {
      const arrived = new Promise<void>((resolve) => {
        this.resolve = resolve;
      });
      this.targets[0]!.dispatchEvent(new Event('foo'));
      await arrived;
    }
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

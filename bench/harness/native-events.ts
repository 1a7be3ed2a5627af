/** What the native implementations of `events` have in common: a queue of events that can be awaited, and who sends them. */

export interface Counter {
  count: number;
}

/** Waits for the events of one target, which are kept as long as nobody awaits them. */
export class EventQueue {
  private readonly events: Event[] = [];
  private readonly target: EventTarget;
  private waiting: { resolve(event: Event): void; reject(reason: unknown): void } | undefined;
  private readonly listener: (event: Event) => void;

  constructor(target: EventTarget) {
    // Not written where the property is assigned: V8 would put it into its old generation, with what it reaches.
    const listener = (event: Event): void => this.put(event);
    this.listener = listener;
    this.target = target;
    target.addEventListener('foo', listener);
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

  private put(event: Event): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.events.push(event);
    else waiting.resolve(event);
  }
}

/** One link of the chain: `next` is the following link's target, or else the driver is told. */
export async function link(
  queue: EventQueue,
  counter: Counter,
  next: EventTarget | undefined,
  last: () => void,
): Promise<never> {
  for (;;) {
    await queue.next();
    counter.count++;
    if (next === undefined) last();
    else next.dispatchEvent(new Event('foo'));
  }
}

/** Sends n events, each when the one before it has come to the end. */
export class Driver {
  readonly targets: EventTarget[];
  readonly last: () => void;
  private resolve: (() => void) | undefined;

  constructor(depth: number) {
    const last = (): void => this.resolve?.(); // see EventQueue
    this.last = last;
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

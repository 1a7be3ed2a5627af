/**
 * Bounded channels over promises, as one writes them by hand.
 *
 * `send` and `receive` give a promise only when they have to wait, and what is there already otherwise: `await` takes
 * both, and an async method would cost its callers a promise and two more turns of the microtask queue each time.
 */

/** What the two channels share: items, and who waits. No closing, no cancellation. */
export class NativeChannel<T> {
  private readonly size: number;
  private readonly items: T[] = [];
  private readonly receivers: ((item: T) => void)[] = [];
  private readonly senders: { readonly item: T; readonly done: () => void }[] = [];

  constructor(size: number) {
    this.size = size;
  }

  send(item: T): Promise<void> | undefined {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) receiver(item);
    else if (this.items.length < this.size) this.items.push(item);
    else {
      return new Promise<void>((done) => {
        this.senders.push({ item, done });
      });
    }
    return undefined;
  }

  receive(): Promise<T> | T {
    if (this.items.length === 0) {
      return new Promise<T>((resolve) => {
        this.receivers.push(resolve);
      });
    }
    const item = this.items.shift() as T;
    const sender = this.senders.shift();
    if (sender !== undefined) {
      this.items.push(sender.item);
      sender.done();
    }
    return item;
  }
}

interface Receiver<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (reason: unknown) => void;
}

interface Sender<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The same for tasks that can be cancelled: when the signal aborts, whoever waits gets its reason. */
export class CancellableChannel<T> {
  private readonly size: number;
  private readonly items: T[] = [];
  private readonly receivers: Receiver<T>[] = [];
  private readonly senders: Sender<T>[] = [];

  constructor(size: number, signal: AbortSignal) {
    this.size = size;
    signal.addEventListener(
      'abort',
      () => {
        for (const { reject } of this.receivers.splice(0)) reject(signal.reason);
        for (const { reject } of this.senders.splice(0)) reject(signal.reason);
      },
      { once: true },
    );
  }

  send(item: T): Promise<void> | undefined {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) receiver.resolve(item);
    else if (this.items.length < this.size) this.items.push(item);
    else {
      return new Promise<void>((resolve, reject) => {
        this.senders.push({ item, resolve, reject });
      });
    }
    return undefined;
  }

  receive(): Promise<T> | T {
    if (this.items.length === 0) {
      return new Promise<T>((resolve, reject) => {
        this.receivers.push({ resolve, reject });
      });
    }
    const item = this.items.shift() as T;
    const sender = this.senders.shift();
    if (sender !== undefined) {
      this.items.push(sender.item);
      sender.resolve();
    }
    return item;
  }
}

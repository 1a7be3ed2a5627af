/** A bounded channel over promises: it can be closed, and abandoned by a signal. The platform has no such thing. */
interface Sender<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface Receiver<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

export class Channel<T> implements AsyncIterable<T> {
  private readonly size: number;
  private readonly signal: AbortSignal;
  private readonly items: T[] = [];
  private readonly senders: Sender<T>[] = [];
  private readonly receivers: Receiver<T>[] = [];
  private isClosed = false;

  constructor(size: number, signal: AbortSignal) {
    this.size = size;
    this.signal = signal;
    signal.addEventListener('abort', () => {
      for (const { reject } of [...this.senders, ...this.receivers]) reject(signal.reason);
      this.senders.length = 0;
      this.receivers.length = 0;
    });
  }

  async send(item: T): Promise<void> {
    this.signal.throwIfAborted();
    const receiver = this.receivers.shift();
    if (receiver !== undefined) receiver.resolve({ done: false, value: item });
    else if (this.items.length < this.size) this.items.push(item);
    else {
      await new Promise<void>((resolve, reject) => {
        this.senders.push({ item, resolve, reject });
      });
    }
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    this.signal.throwIfAborted();
    if (this.items.length > 0) {
      const value = this.items.shift() as T;
      const sender = this.senders.shift();
      if (sender !== undefined) {
        this.items.push(sender.item);
        sender.resolve();
      }
      return { done: false, value };
    }
    if (this.isClosed) return { done: true, value: undefined };
    return await new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      this.receivers.push({ resolve, reject });
    });
  }

  /** Nothing more will be sent; what has been sent can still be received. */
  close(): void {
    this.isClosed = true;
    for (const { resolve } of this.receivers) resolve({ done: true, value: undefined });
    this.receivers.length = 0;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this;
  }
}

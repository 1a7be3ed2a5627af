/** A bounded channel over promises, as one writes it by hand: no closing, no cancellation. */
export class NativeChannel<T> {
  private readonly size: number;
  private readonly items: T[] = [];
  private readonly receivers: ((item: T) => void)[] = [];
  private readonly senders: { readonly item: T; readonly done: () => void }[] = [];

  constructor(size: number) {
    this.size = size;
  }

  async send(item: T): Promise<void> {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) receiver(item);
    else if (this.items.length < this.size) this.items.push(item);
    else {
      await new Promise<void>((done) => {
        this.senders.push({ item, done });
      });
    }
  }

  async receive(): Promise<T> {
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

/**
 * A receive stream whose items come from outside of the loop, by callbacks: `events` and `fromAsyncIterable` are
 * ones. What comes while nobody waits is kept; tasks that wait are served first come first served, and a wait
 * counts as foreign, for nothing inside of the run can end it (rule L5).
 */
import { ClosedResourceError, EndOfStream, withoutStack } from '../base/errors.js';
import { Ring } from '../base/ring.js';
import type { Effect, Operation } from '../kernel/effect.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { forEachItem, type ReceiveStream } from '../streams/receive-stream.js';

const receiving = waitEffects<ForeignStream<unknown>, boolean, unknown>({
  name: 'receive',
  tryNow: (stream, asResult) => stream.takeNow(asResult),
  queueOf: (stream) => stream.receivers,
  describe: (stream) => `${stream.title}: the next item`,
});

const FOREIGN = { foreign: true, reuse: true } as const;

export abstract class ForeignStream<T> implements ReceiveStream<T> {
  /** @internal In order of coming; empty while there are items. The argument: whether an IteratorResult is wanted. */
  readonly receivers = new WaitQueue<boolean, unknown>(undefined, FOREIGN);
  /** @internal What it is, in words. */
  abstract readonly title: string;
  private readonly items = new Ring<T>();
  /** An error that came while nobody waited: the next one to receive gets it. */
  private failure: { readonly error: unknown } | null = null;
  private hasEnded = false;
  private isClosed = false;
  private readonly receiveEffect = receiving(this, false) as Effect<T>;
  private nextEffect: Effect<IteratorResult<T, undefined>> | null = null;

  receive(this: this): Effect<T> {
    return this.receiveEffect;
  }

  next(this: this): Effect<IteratorResult<T, undefined>> {
    this.nextEffect ??= receiving(this, true) as Effect<IteratorResult<T, undefined>>;
    return this.nextEffect;
  }

  forEach(this: this, body: (this: void, item: T) => Operation<unknown>): Effect<void> {
    return forEachItem(this, body);
  }

  /** A task is about to wait for an item: for streams that fetch them. What it brings comes later, never at once. */
  protected wanted(): void {}

  protected get isWanted(): boolean {
    return this.receivers.length > 0;
  }

  /** No item will come any more, or they are refused. */
  protected get isOver(): boolean {
    return this.hasEnded || this.isClosed;
  }

  /** An item has come. */
  protected put(item: T): void {
    if (this.isClosed) return;
    const receiver = this.receivers.shift();
    if (receiver === null) this.items.push(item);
    else receiver.wake(receiver.arg ? { done: false, value: item } : item);
  }

  /** No item will come any more. */
  protected end(): void {
    this.hasEnded = true;
    for (let receiver = this.receivers.shift(); receiver !== null; receiver = this.receivers.shift()) {
      if (receiver.arg) receiver.wake({ done: true, value: undefined });
      else receiver.fail(withoutStack(() => this.endError()));
    }
  }

  /** An error has come; it is the last thing that does, and one task gets it. */
  protected endWith(error: unknown): void {
    if (this.isClosed) return;
    const receiver = this.receivers.shift();
    if (receiver === null) this.failure = { error };
    else receiver.fail(error);
    this.end();
  }

  /** The user wants no more: what was kept is dropped, and who waits gets ClosedResourceError (rule R2). */
  protected shut(): void {
    this.isClosed = true;
    this.failure = null;
    while (!this.items.isEmpty) this.items.shift();
    this.receivers.failAll(() => withoutStack(() => this.closedError()));
  }

  /** @internal What is there for one who receives; PENDING if that is yet to come. */
  takeNow(asResult: boolean): unknown {
    if (this.isClosed) throw this.closedError();
    if (!this.items.isEmpty) {
      const item = this.items.shift();
      return asResult ? { done: false, value: item } : item;
    }
    if (this.failure !== null) {
      const { error } = this.failure;
      this.failure = null;
      throw error;
    }
    if (!this.hasEnded) {
      this.wanted();
      return PENDING;
    }
    if (asResult) return { done: true, value: undefined };
    throw this.endError();
  }

  private endError(): EndOfStream {
    return new EndOfStream(`${this.title} has ended; use next() or forEach() to see the end as a value`);
  }

  private closedError(): ClosedResourceError {
    return new ClosedResourceError(`${this.title} has been closed: nothing can be received from it any more`);
  }
}

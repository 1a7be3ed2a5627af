/**
 * A receive stream whose items come from outside of the loop, by callbacks: `events` and `fromAsyncIterable` are
 * ones. What comes while nobody waits is kept; tasks that wait are served first come first served, and a wait
 * counts as foreign, for nothing inside of the run can end it (rule L5).
 */
import { ClosedResourceError, EndOfStream } from '../base/errors.js';
import { Ring } from '../base/ring.js';
import type { Effect, Operation } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import { forEachItem, type ReceiveStream } from '../streams/receive-stream.js';

/** A parked task: exactly one of these is called, once, after it has been taken out of the queue. */
interface Receiver<T> {
  item(item: T): void;
  end(): void;
  fail(error: unknown): void;
}

export abstract class ForeignStream<T> implements ReceiveStream<T> {
  private readonly title: string;
  private readonly items = new Ring<T>();
  /** In order of coming; empty while there are items. */
  private readonly receivers = new Set<Receiver<T>>();
  /** An error that came while nobody waited: the next one to receive gets it. */
  private failure: { readonly error: unknown } | null = null;
  private hasEnded = false;
  private isClosed = false;
  private readonly receiveEffect: Effect<T>;
  private readonly nextEffect: Effect<IteratorResult<T, undefined>>;

  protected constructor(title: string) {
    this.title = title;
    const description = `${title}: the next item`;
    this.receiveEffect = suspend<T>(
      (resume, fail) =>
        this.take({ item: resume, end: () => fail(new EndOfStream(`${title} has ended`)), fail }),
      { description },
    );
    this.nextEffect = suspend<IteratorResult<T, undefined>>(
      (resume, fail) =>
        this.take({
          item: (value) => resume({ done: false, value }),
          end: () => resume({ done: true, value: undefined }),
          fail,
        }),
      { description },
    );
  }

  receive(this: this): Effect<T> {
    return this.receiveEffect;
  }

  next(this: this): Effect<IteratorResult<T, undefined>> {
    return this.nextEffect;
  }

  forEach(this: this, body: (this: void, item: T) => Operation<unknown>): Effect<void> {
    return forEachItem(this, body);
  }

  /** A task waits for an item, and there is none: for streams that fetch them. */
  protected wanted(): void {}

  protected get isWanted(): boolean {
    return this.receivers.size > 0;
  }

  /** No item will come any more, or they are refused. */
  protected get isOver(): boolean {
    return this.hasEnded || this.isClosed;
  }

  /** An item has come. */
  protected put(item: T): void {
    if (this.isClosed) return;
    const receiver = this.shift();
    if (receiver === undefined) this.items.push(item);
    else receiver.item(item);
  }

  /** No item will come any more. */
  protected end(): void {
    this.hasEnded = true;
    for (let receiver = this.shift(); receiver !== undefined; receiver = this.shift()) receiver.end();
  }

  /** An error has come; it is the last thing that does, and one task gets it. */
  protected endWith(error: unknown): void {
    if (this.isClosed) return;
    const receiver = this.shift();
    if (receiver === undefined) this.failure = { error };
    else receiver.fail(error);
    this.end();
  }

  /** The user wants no more: what was kept is dropped, and who waits gets ClosedResourceError (rule R2). */
  protected shut(): void {
    this.isClosed = true;
    this.failure = null;
    while (!this.items.isEmpty) this.items.shift();
    for (let receiver = this.shift(); receiver !== undefined; receiver = this.shift()) {
      receiver.fail(this.closedError());
    }
  }

  private take(receiver: Receiver<T>): (() => void) | undefined {
    if (this.isClosed) throw this.closedError();
    if (!this.items.isEmpty) receiver.item(this.items.shift());
    else if (this.failure !== null) {
      const { error } = this.failure;
      this.failure = null;
      receiver.fail(error);
    } else if (this.hasEnded) receiver.end();
    else {
      this.receivers.add(receiver);
      this.wanted();
      return () => void this.receivers.delete(receiver);
    }
    return undefined;
  }

  private shift(): Receiver<T> | undefined {
    for (const receiver of this.receivers) {
      this.receivers.delete(receiver);
      return receiver;
    }
    return undefined;
  }

  private closedError(): ClosedResourceError {
    return new ClosedResourceError(`${this.title} has been closed: nothing can be received from it any more`);
  }
}

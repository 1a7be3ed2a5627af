/** The end of a memory object stream that items come out of. */
import { WouldBlock } from '../base/errors.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adoptResult } from '../kernel/operation.js';
import { PENDING, waitEffects } from '../kernel/wait-queue.js';
import { type Channel, closed, END, type MemoryObjectStreamStatistics } from './channel.js';
import { AS_ITEM, AS_ITEM_OR_END, AS_RESULT, type Form } from './form.js';
import { checkForEachBody, type ReceiveStream } from './receive-stream.js';

export class MemoryObjectReceiveStream<out T> implements ReceiveStream<T>, Disposable {
  /** @internal */
  readonly channel: Channel;
  /** @internal */
  isClosed = false;
  /** Receiving carries nothing, so one effect does for all receives on this end: it is made once. */
  private readonly oneItem: Effect<T>;

  private constructor(channel: Channel) {
    this.channel = channel;
    this.oneItem = receive(this, AS_ITEM) as Effect<T>;
    channel.openReceiveStreams++;
  }

  /** @internal */
  static on<T>(channel: Channel): MemoryObjectReceiveStream<T> {
    return new MemoryObjectReceiveStream<T>(channel);
  }

  /**
   * Takes the next item out, or waits for one. Receivers are served first come first served, on whichever clone
   * they wait; an item goes to exactly one of them.
   *
   * A checkpoint: it gives an item, or throws and has taken none.
   *
   * @throws EndOfStream if the buffer is empty and all send streams are closed, also while waiting.
   * @throws ClosedResourceError if this end is closed, also while waiting (rule R2).
   * @throws Cancelled if the surrounding scope is cancelled.
   * @example
   *     const order = yield* receive.receive();
   * Semantics: AnyIO's `MemoryObjectReceiveStream.receive`.
   */
  receive(this: this): Effect<T> {
    return this.oneItem;
  }

  /**
   * Takes the next item out if there is one now. Not a checkpoint; may be called from anywhere.
   *
   * @throws WouldBlock if there is none yet.
   * @throws EndOfStream if the buffer is empty and all send streams are closed.
   * @throws ClosedResourceError if this end is closed.
   * Semantics: AnyIO's `receive_nowait`.
   */
  receiveNowait(): T {
    const item = this.channel.take(this, AS_ITEM);
    if (item === PENDING) {
      throw new WouldBlock(
        'the buffer is empty and no task waits to send; use receive() to wait for an item',
      );
    }
    return item as T;
  }

  /**
   * Like `receive`, but gives an iterator result: `{ done: false, value }`, and at the end `{ done: true }`.
   *
   * @throws ClosedResourceError if this end is closed, also while waiting (rule R2).
   * @throws Cancelled if the surrounding scope is cancelled.
   * @example
   *     for (let r = yield* orders.next(); !r.done; r = yield* orders.next()) console.log(r.value);
   */
  next(this: this): Effect<IteratorResult<T, undefined>> {
    return receive(this, AS_RESULT) as Effect<IteratorResult<T, undefined>>;
  }

  /**
   * Runs `body` for each item, one after the other, until the end of the stream. Does not close this end.
   *
   * A checkpoint at each item and at the end.
   *
   * @throws what `body` throws.
   * @throws TypeError if `body` is no function, or gives no operation.
   * @throws ClosedResourceError if this end is closed, also while waiting (rule R2).
   * @throws Cancelled if the surrounding scope is cancelled.
   * @example
   *     yield* orders.forEach(function* (order) { yield* handle(order); });
   * Semantics: AnyIO's `async for item in stream`.
   */
  forEach(this: this, body: (this: void, item: T) => Operation<unknown>): Effect<void> {
    checkForEachBody(body);
    return call(forEachItem<T>, this, body);
  }

  /**
   * Another end of the same stream, to be closed on its own: senders fail when all receive streams are closed.
   *
   * @throws ClosedResourceError if this end is closed.
   */
  clone(): MemoryObjectReceiveStream<T> {
    if (this.isClosed) throw closed('cloning an end of');
    return new MemoryObjectReceiveStream<T>(this.channel);
  }

  /**
   * Closes this end. Tasks that wait to receive on it get ClosedResourceError; when it was the last one, senders
   * get BrokenResourceError. Not a checkpoint; the second call does nothing.
   */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.channel.receiveClosed(this);
  }

  /** How full the stream is, and who waits. */
  statistics(): MemoryObjectStreamStatistics {
    return this.channel.statistics();
  }

  /** Closes this end: `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const receive = waitEffects<MemoryObjectReceiveStream<unknown>, Form, unknown>({
  name: 'memoryObjectStream.receive',
  tryNow: (stream, form) => stream.channel.take(stream, form),
  queueOf: (stream) => stream.channel.receivers,
  describe: ({ channel }) => `receive on ${channel.describe(channel.receivers.length)}`,
});

/** One effect for all rounds; the end comes as a value, for an error would have to be made and caught. */
function* forEachItem<T>(
  stream: MemoryObjectReceiveStream<T>,
  body: (this: void, item: T) => Operation<unknown>,
): Coroutine<void> {
  const take = receive(stream, AS_ITEM_OR_END);
  for (;;) {
    const item = yield take;
    if (item === END) return;
    yield* adoptResult(body(item as T), body, 'the body of forEach()');
  }
}

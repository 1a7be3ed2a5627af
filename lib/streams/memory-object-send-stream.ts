/** The end of a memory object stream that items are put into. */
import { WouldBlock } from '../base/errors.js';
import type { Effect } from '../kernel/effect.js';
import { PENDING, waitEffects } from '../kernel/wait-queue.js';
import { type Channel, closed, type MemoryObjectStreamStatistics } from './channel.js';

export class MemoryObjectSendStream<in T> implements Disposable {
  /** @internal */
  readonly channel: Channel;
  /** @internal */
  isClosed = false;
  /** @internal Makes the type of the items count: the compiler compares members. */
  declare protected readonly accepts: (item: T) => void;

  private constructor(channel: Channel) {
    this.channel = channel;
    channel.openSendStreams++;
  }

  /** @internal */
  static on<T>(channel: Channel): MemoryObjectSendStream<T> {
    return new MemoryObjectSendStream<T>(channel);
  }

  /**
   * Puts an item in: hands it to the receiver that has waited longest, or puts it into the buffer, or waits until
   * there is room. Senders are served first come first served, on whichever clone they wait.
   *
   * A checkpoint. Either the item is in and will be received once or stays in the buffer, or an error is thrown
   * and it is not in.
   *
   * @throws ClosedResourceError if this end is closed, also while waiting (rule R2).
   * @throws BrokenResourceError if all receive streams are closed, also while waiting.
   * @throws Cancelled if the surrounding scope is cancelled.
   * @example
   *     yield* send.send(order);
   * Semantics: AnyIO's `MemoryObjectSendStream.send`.
   */
  send(this: this, item: T): Effect<void> {
    return send(this, item);
  }

  /**
   * Puts an item in if that is possible now. Not a checkpoint; may be called from anywhere. A run
   * whose every task waits for plain callbacks needs an open portal (`withPortal`) or `events()`: else it ends with a
   * DeadlockError.
   *
   * @throws WouldBlock if no receiver waits and the buffer is full.
   * @throws ClosedResourceError if this end is closed.
   * @throws BrokenResourceError if all receive streams are closed.
   * Semantics: AnyIO's `send_nowait`.
   */
  sendNowait(item: T): void {
    if (this.channel.put(this, item) !== PENDING) return;
    throw new WouldBlock(
      `no task waits to receive and the buffer of ${this.channel.maxBufferSize} is full; use send() to wait for room`,
    );
  }

  /**
   * Another end of the same stream, to be closed on its own: the stream ends when all send streams are closed.
   *
   * @throws ClosedResourceError if this end is closed.
   */
  clone(): MemoryObjectSendStream<T> {
    if (this.isClosed) throw closed('cloning an end of');
    return new MemoryObjectSendStream<T>(this.channel);
  }

  /**
   * Closes this end. Tasks that wait to send on it get ClosedResourceError; when it was the last one, receivers get
   * what is in the buffer and then EndOfStream. Not a checkpoint; the second call does nothing.
   */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.channel.sendClosed(this);
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

const send = waitEffects<MemoryObjectSendStream<never>, unknown, void>({
  name: 'memoryObjectStream.send',
  tryNow: (stream, item) => stream.channel.put(stream, item),
  queueOf: (stream) => stream.channel.senders,
  describe: ({ channel }) => `send on ${channel.describe(channel.senders.length)}`,
});

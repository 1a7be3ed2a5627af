/** Reading bytes by length and by delimiter: what line and frame protocols need. */
import { announce } from '../base/arrival.js';
import { BusyResourceError, ClosedResourceError, EndOfStream } from '../base/errors.js';
import { call } from '../kernel/call.js';
import { checkpoint } from '../kernel/checkpoint.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { AbstractReceiveStream } from './abstract-receive-stream.js';
import { ByteBuffer } from './byte-buffer.js';
import {
  type ByteReceiveStream,
  type ByteSource,
  checkByteCount,
  checkByteSource,
  checkReceived,
  closing,
  DEFAULT_CHUNK,
} from './byte-stream.js';
import { DelimiterNotFound, IncompleteRead } from './errors.js';

/**
 * Wraps a stream of bytes and can read it by length and by delimiter. What it has read ahead it keeps: a cancelled
 * or failed read loses nothing.
 *
 * One task at a time may read.
 *
 * @example
 *     using bytes = fromNodeDuplex(socket);        // disposing of it here closes the socket
 *     const lines = new BufferedByteReceiveStream(bytes);
 *     const header = yield* lines.receiveUntil('\r\n\r\n', 16_384);
 *     const body = yield* lines.receiveExactly(contentLength(header));
 * Semantics: AnyIO's `BufferedByteReceiveStream`.
 */
export class BufferedByteReceiveStream
  extends AbstractReceiveStream<Uint8Array>
  implements ByteReceiveStream
{
  private readonly source: ByteSource;
  private readonly buffer = new ByteBuffer();
  private isReading = false;
  private isClosed = false;

  constructor(source: ByteSource) {
    super();
    checkByteSource(source, 'new BufferedByteReceiveStream(source)');
    this.source = source;
  }

  /** How many bytes have been read ahead. */
  get bufferedBytes(): number {
    return this.buffer.length;
  }

  /**
   * Gives what has been read ahead, else the next chunk of the source; at most `maxBytes` bytes of it.
   *
   * A checkpoint.
   *
   * @throws EndOfStream if there is nothing more.
   * @throws ClosedResourceError if this stream is closed, also while waiting.
   * @throws BusyResourceError if another task reads.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  receive(this: this, maxBytes: number = DEFAULT_CHUNK): Effect<Uint8Array> {
    checkByteCount(maxBytes, 1, 'receive(maxBytes)');
    return call(guarded, this, () => this.readSome(maxBytes));
  }

  /**
   * Gives exactly `bytes` bytes, waiting until so many have come.
   *
   * A checkpoint.
   *
   * @throws IncompleteRead if the stream ends before; what has come can still be received.
   * @throws ClosedResourceError if this stream is closed, also while waiting.
   * @throws BusyResourceError if another task reads.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  receiveExactly(this: this, bytes: number): Effect<Uint8Array> {
    checkByteCount(bytes, 0, 'receiveExactly(bytes)');
    return call(guarded, this, () => this.readExactly(bytes));
  }

  /**
   * Gives what comes before the delimiter, and drops the delimiter.
   *
   * A checkpoint.
   *
   * @param delimiter A text, in UTF-8, or bytes; not empty.
   * @param maxBytes How many bytes may come before it.
   * @throws DelimiterNotFound if more have come without it; they can still be received.
   * @throws IncompleteRead if the stream ends before the delimiter; what has come can still be received. Where
   *   the last line needs no end, `bufferedBytes` tells whether there is one: README, "Streams".
   * @throws ClosedResourceError if this stream is closed, also while waiting.
   * @throws BusyResourceError if another task reads.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  receiveUntil(this: this, delimiter: string | Uint8Array, maxBytes: number): Effect<Uint8Array> {
    const pattern = typeof delimiter === 'string' ? new TextEncoder().encode(delimiter) : delimiter;
    if (!(pattern instanceof Uint8Array)) {
      throw new TypeError('receiveUntil(delimiter, maxBytes) takes a text or a Uint8Array as delimiter');
    }
    if (pattern.length === 0)
      throw new RangeError('receiveUntil(delimiter): the delimiter must not be empty');
    checkByteCount(maxBytes, 1, 'receiveUntil(delimiter, maxBytes)');
    return call(guarded, this, () => this.readUntil(pattern, maxBytes));
  }

  /** Closes this stream and its source; what was read ahead is dropped. */
  close(): Effect<void> {
    return call(closeBuffered, this);
  }

  /** @internal */
  *guard(read: () => Coroutine<Uint8Array>): Coroutine<Uint8Array> {
    this.checkOpen();
    if (this.isReading) {
      throw announce(
        new BusyResourceError('another task is reading from this stream; let one task read and pass on'),
      );
    }
    this.isReading = true;
    try {
      return yield* read();
    } catch (error) {
      throw announce(error);
    } finally {
      this.isReading = false;
    }
  }

  /** @internal */
  *shut(): Coroutine<void> {
    this.isClosed = true;
    this.buffer.drop(this.buffer.length);
    yield* closing(this.source);
  }

  private *readSome(maxBytes: number): Coroutine<Uint8Array> {
    if (this.buffer.length > 0) yield* this.switchTasks();
    else while (this.buffer.length === 0) yield* this.fill(maxBytes);
    return this.buffer.take(Math.min(this.buffer.length, maxBytes));
  }

  private *readExactly(bytes: number): Coroutine<Uint8Array> {
    if (this.buffer.length >= bytes) yield* this.switchTasks();
    while (this.buffer.length < bytes) {
      if (!(yield* this.fillOrEnd(bytes - this.buffer.length))) {
        throw new IncompleteRead(
          `the stream ended after ${this.buffer.length} of the ${bytes} bytes asked for; receive() gives what has come`,
        );
      }
    }
    return this.buffer.take(bytes);
  }

  private *readUntil(pattern: Uint8Array, maxBytes: number): Coroutine<Uint8Array> {
    let hasSwitched = false;
    // What has been looked at is not looked at again, but for a delimiter that may have begun at its end.
    let from = 0;
    for (;;) {
      const at = this.buffer.indexOf(pattern, from);
      if (at > maxBytes || (at < 0 && this.buffer.length >= maxBytes + pattern.length)) {
        throw new DelimiterNotFound(
          `the delimiter did not come within ${maxBytes} bytes; receive() gives what has come, or allow for more`,
        );
      }
      if (at >= 0) {
        if (!hasSwitched) yield* this.switchTasks();
        const found = this.buffer.take(at);
        this.buffer.drop(pattern.length);
        return found;
      }
      from = Math.max(0, this.buffer.length - pattern.length + 1);
      hasSwitched = true;
      if (!(yield* this.fillOrEnd(DEFAULT_CHUNK))) {
        throw new IncompleteRead(
          `the stream ended before the delimiter came; receive() gives the ${this.buffer.length} bytes that have come`,
        );
      }
    }
  }

  /** The stream may have been closed, and the buffer dropped, by the task that ran meanwhile. */
  private *switchTasks(): Coroutine<void> {
    yield* checkpoint();
    this.checkOpen();
  }

  /** Reads ahead once. */
  private *fill(maxBytes: number): Coroutine<void> {
    const chunk = yield* this.source.receive(Math.max(1, Math.min(maxBytes, DEFAULT_CHUNK)));
    this.checkOpen();
    checkReceived(chunk, 'a BufferedByteReceiveStream');
    this.buffer.add(chunk);
  }

  /** Like `fill`, but false at the end of the stream. */
  private *fillOrEnd(maxBytes: number): Coroutine<boolean> {
    try {
      yield* this.fill(maxBytes);
      return true;
    } catch (error) {
      if (error instanceof EndOfStream) return false;
      throw error;
    }
  }

  private checkOpen(): void {
    if (!this.isClosed) return;
    throw announce(
      new ClosedResourceError('reading from a BufferedByteReceiveStream that has been closed here'),
    );
  }
}

/** Named functions, so that frames in a debugger have names. */
function guarded(
  stream: BufferedByteReceiveStream,
  read: () => Coroutine<Uint8Array>,
): Coroutine<Uint8Array> {
  return stream.guard(read);
}

function closeBuffered(stream: BufferedByteReceiveStream): Coroutine<void> {
  return stream.shut();
}

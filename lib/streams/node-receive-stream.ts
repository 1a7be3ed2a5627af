/**
 * Reading from a stream of Node. Node tells when there may be something to read; the bytes are taken out with
 * `read()` only when a task asks for them, so Node's own buffer fills up to its mark and the other side is slowed down.
 */
import { EndOfStream } from '../base/errors.js';
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import { AbstractReceiveStream } from './abstract-receive-stream.js';
import { type ByteReceiveStream, checkByteCount, DEFAULT_CHUNK } from './byte-stream.js';
import { broken, busy, closedHere, destroysOnCancel, type HostStreamOptions } from './host-stream-options.js';
import { type NodeStream, untilClosed } from './node-closing.js';

/** What is used of Node's `Readable`. */
export interface NodeReadable extends NodeStream {
  readonly readableLength: number;
  readonly readableEnded: boolean;
  readonly readableObjectMode: boolean;
  readonly readableEncoding: string | null;
  read(size?: number): unknown;
}

const READING = 'reading from a Node stream';

class NodeByteReceiveStream
  extends AbstractReceiveStream<Uint8Array>
  implements ByteReceiveStream, Disposable
{
  private readonly readable: NodeReadable;
  private readonly destroysOnCancel: boolean;
  private hasEnded: boolean;
  private failure: unknown;
  private isClosed = false;
  /** Lets the parked receiver look again; null when there is none. At most one task receives. */
  private proceed: (() => void) | null = null;

  constructor(readable: NodeReadable, options: HostStreamOptions | undefined) {
    super();
    if (readable.readableObjectMode) {
      throw new TypeError(
        'fromNodeReadable() takes a stream of bytes; for one of objects use fromAsyncIterable()',
      );
    }
    if (readable.readableEncoding !== null) {
      throw new TypeError(
        'fromNodeReadable() takes a stream without an encoding; for text wrap it in a TextReceiveStream',
      );
    }
    this.readable = readable;
    this.destroysOnCancel = destroysOnCancel(options);
    this.hasEnded = readable.readableEnded;
    this.failure = readable.errored ?? undefined;
    readable.on('readable', this.look);
    readable.on('end', this.noteEnd);
    readable.on('error', this.noteError);
    readable.on('close', this.noteClose);
  }

  receive(this: this, maxBytes: number = DEFAULT_CHUNK): Effect<Uint8Array> {
    checkByteCount(maxBytes, 1, 'receive(maxBytes)');
    return suspend<Uint8Array>(
      (resume, fail) => {
        if (this.proceed !== null) throw busy(READING);
        const proceed = () => {
          try {
            const chunk = this.take(maxBytes);
            if (chunk === undefined) return;
            resume(chunk);
          } catch (error) {
            fail(error);
          }
          this.proceed = null;
        };
        this.proceed = proceed;
        proceed();
        return (cancelled) => {
          this.proceed = null;
          this.cancelled(cancelled);
        };
      },
      {
        description: READING,
        whenCancelled: () => this.cancelled(undefined),
        isOfHost: true,
      },
    );
  }

  close(): Effect<void> {
    return call(closeReadable, this);
  }

  [Symbol.dispose](): void {
    this.shut(undefined);
  }

  /** @internal */
  *destroyAndWait(): Coroutine<void> {
    this.shut(undefined);
    yield* untilClosed(this.readable, () => undefined);
  }

  private cancelled(error: Error | undefined): void {
    if (this.destroysOnCancel && this.proceed === null) this.shut(error);
  }

  private shut(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.readable.off('readable', this.look);
    // The other listeners stay until the stream has closed: an error without a listener would end the process.
    if (!this.readable.destroyed) this.readable.destroy(error);
    this.look();
  }

  /** What there is to read, at most `maxBytes` of it; undefined when there is nothing yet. */
  private take(maxBytes: number): Uint8Array | undefined {
    if (this.isClosed) throw closedHere(READING);
    const { readable } = this;
    // `read(n)` gives nothing when there are fewer than n bytes, and `read()` gives them all.
    const chunk = readable.readableLength > maxBytes ? readable.read(maxBytes) : readable.read();
    if (chunk instanceof Uint8Array) return chunk;
    if (this.failure !== undefined) throw broken(READING, this.failure);
    if (this.hasEnded) throw new EndOfStream('the Node stream has come to its end');
    // Its event may be yet to come: Node tells it in a turn of its own.
    if (readable.destroyed) throw broken(READING, readable.errored ?? undefined);
    return undefined;
  }

  private readonly look = (): void => {
    this.proceed?.();
  };

  private readonly noteEnd = (): void => {
    this.hasEnded = true;
    this.look();
  };

  private readonly noteError = (error: unknown): void => {
    this.failure = error;
    this.look();
  };

  private readonly noteClose = (): void => {
    const { readable } = this;
    readable.off('readable', this.look);
    readable.off('end', this.noteEnd);
    readable.off('error', this.noteError);
    readable.off('close', this.noteClose);
    this.look();
  };
}

function closeReadable(stream: NodeByteReceiveStream): Coroutine<void> {
  return stream.destroyAndWait();
}

/**
 * A receive stream over a Node `Readable` of bytes: a socket, a file, a child's output. Back-pressure is kept. Closing
 * or disposing it destroys the Node stream, and so does, by default, the cancellation of a receive. `close` waits until
 * Node has released what the stream holds (a file is closed then); disposing cannot wait. A Node stream made with
 * `emitClose: false` does not tell when that is, and is not waited for. With the request that a server got goes its
 * connection: who means to answer before all of it has been read must answer first, and dispose of it afterwards.
 *
 * `receive` is a checkpoint and a foreign wait; one task at a time may receive. It throws EndOfStream at the end,
 * BrokenResourceError if the Node stream failed or was destroyed by someone else (`cause` is its error),
 * ClosedResourceError after closing, also while waiting, and BusyResourceError if another task receives.
 *
 * @throws TypeError if the Node stream is in object mode or has an encoding.
 * @example
 *     using input = fromNodeReadable(createReadStream('words.txt'));
 *     yield* input.forEach(function* (chunk) { hash.update(chunk); });
 */
export function fromNodeReadable(
  readable: NodeReadable,
  options?: HostStreamOptions,
): ByteReceiveStream & Disposable {
  checkMethods(
    readable,
    ['read', 'on', 'destroy'],
    'fromNodeReadable(readable) takes a Readable of node:stream',
  );
  return new NodeByteReceiveStream(readable, options);
}

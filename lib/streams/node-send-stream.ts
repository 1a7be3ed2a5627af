/**
 * Writing to a stream of Node. `send` first waits until Node wants more (`drain`), then writes and is done: so a
 * cancelled send has written nothing, and at most one chunk more than Node's mark is in its buffer.
 */
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import { Event } from '../sync/event.js';
import { type ByteReceiveStream, type ByteSendStream, type ByteStream, checkBytes } from './byte-stream.js';
import { broken, busy, closedHere, destroysOnCancel, type HostStreamOptions } from './host-stream-options.js';
import { type NodeStream, untilClosed } from './node-closing.js';
import { fromNodeReadable, type NodeReadable } from './node-receive-stream.js';
import { StapledByteStream } from './stapled-streams.js';

/** What is used of Node's `Writable`. */
export interface NodeWritable extends NodeStream {
  readonly writableNeedDrain: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  write(chunk: Uint8Array): unknown;
  end(): unknown;
}

const WRITING = 'writing to a Node stream';

class NodeByteSendStream implements ByteSendStream, Disposable {
  private readonly writable: NodeWritable;
  private readonly destroysOnCancel: boolean;
  private failure: unknown;
  /** Somebody has been told that the stream has failed: closing it need not throw that again. */
  private isReported = false;
  private isClosed = false;
  /** Set when the task that closes has flushed, or given up; null before there is one. */
  private flushed: Event | null = null;
  /** Lets the parked sender, or closer, look again; null when there is none. At most one task sends. */
  private proceed: (() => void) | null = null;

  constructor(writable: NodeWritable, options: HostStreamOptions | undefined) {
    this.writable = writable;
    this.destroysOnCancel = destroysOnCancel(options);
    this.failure = writable.errored ?? undefined;
    writable.on('drain', this.look);
    writable.on('finish', this.look);
    writable.on('error', this.noteError);
    writable.on('close', this.noteClose);
  }

  send(this: this, chunk: Uint8Array): Effect<void> {
    checkBytes(chunk, 'send(chunk)');
    return this.when(() => this.write(chunk), true);
  }

  close(): Effect<void> {
    return call(closeGracefully, this);
  }

  [Symbol.dispose](): void {
    this.shut(undefined);
  }

  /** @internal */
  *flushAndWait(): Coroutine<void> {
    const isFirst = !this.isClosed;
    if (isFirst) yield* this.flush();
    else if (this.flushed !== null) yield* this.flushed.wait(); // of a socket, say, which is about to be destroyed
    // The writable half of a socket does not close: its other half may be in use.
    const known = this.failure;
    const late = yield* untilClosed(this.writable, () => this.failure !== known && { error: this.failure });
    if (isFirst && late !== false) throw broken(WRITING, late.error);
  }

  private *flush(): Coroutine<void> {
    this.isClosed = true;
    this.flushed = new Event();
    this.look(); // a parked sender is told, and gives way to the closer
    if (!this.writable.destroyed && !this.writable.writableEnded) this.writable.end();
    try {
      yield* this.when(() => this.hasFlushed(), false);
    } catch (error) {
      if (!this.writable.destroyed) this.writable.destroy();
      throw error;
    } finally {
      this.flushed.set();
    }
  }

  /** Waits until `attempt` is true. What it throws is thrown to the task. */
  private when(attempt: () => boolean, isSending: boolean): Effect<void> {
    return suspend<void>(
      (resume, fail) => {
        if (this.proceed !== null) throw busy(WRITING);
        const proceed = () => {
          try {
            if (!attempt()) return;
            resume();
          } catch (error) {
            fail(error);
          }
          this.proceed = null;
        };
        this.proceed = proceed;
        proceed();
        return (cancelled) => {
          this.proceed = null;
          if (isSending && this.destroysOnCancel) this.shut(cancelled);
        };
      },
      {
        description: WRITING,
        whenCancelled: () => {
          if (isSending && this.destroysOnCancel && this.proceed === null) this.shut(undefined);
        },
      },
    );
  }

  private write(chunk: Uint8Array): boolean {
    if (this.isClosed) throw closedHere(WRITING);
    this.checkSound();
    if (this.writable.writableEnded) throw broken(WRITING, new Error('its end() has been called elsewhere'));
    if (this.writable.writableNeedDrain) return false;
    this.writable.write(chunk);
    return true;
  }

  private hasFlushed(): boolean {
    if (this.writable.writableFinished || this.isReported) return true;
    this.checkSound();
    return false;
  }

  private checkSound(): void {
    if (this.failure === undefined && !this.writable.destroyed) return;
    this.isReported = true;
    throw broken(WRITING, this.failure ?? this.writable.errored ?? undefined);
  }

  private shut(error: Error | undefined): void {
    this.isClosed = true;
    if (!this.writable.destroyed && !this.writable.writableFinished) this.writable.destroy(error);
    this.look();
  }

  private readonly look = (): void => {
    this.proceed?.();
  };

  private readonly noteError = (error: unknown): void => {
    this.failure = error;
    this.look();
  };

  private readonly noteClose = (): void => {
    const { writable } = this;
    writable.off('drain', this.look);
    writable.off('finish', this.look);
    writable.off('error', this.noteError);
    writable.off('close', this.noteClose);
    this.look();
  };
}

function closeGracefully(stream: NodeByteSendStream): Coroutine<void> {
  return stream.flushAndWait();
}

/**
 * A send stream over a Node `Writable` of bytes. Back-pressure is kept: `send` waits while the Node stream is full.
 * `close` ends the Node stream and waits until all is flushed and Node has released what the stream holds (a file is
 * closed then; not if it was made with `emitClose: false`, for then it does not tell); disposing it without that destroys
 * the Node stream, and so does the cancellation of a close and, by default, of a send.
 *
 * `send` is a checkpoint and a foreign wait; one task at a time may send. It throws BrokenResourceError if the Node
 * stream failed or was destroyed by someone else (`cause` is its error; an error of a chunk accepted earlier comes with
 * a later send, or with close), ClosedResourceError after closing, also while waiting, and BusyResourceError if another
 * task sends.
 *
 * @example
 *     using output = fromNodeWritable(createWriteStream('copy.txt'));
 *     yield* input.forEach((chunk) => output.send(chunk));
 *     yield* output.close();
 */
export function fromNodeWritable(
  writable: NodeWritable,
  options?: HostStreamOptions,
): ByteSendStream & Disposable {
  checkMethods(
    writable,
    ['write', 'end', 'on', 'destroy'],
    'fromNodeWritable(writable) takes a Writable of node:stream',
  );
  return new NodeByteSendStream(writable, options);
}

class NodeByteStream extends StapledByteStream implements Disposable {
  private readonly halves: readonly Disposable[];

  constructor(send: ByteSendStream & Disposable, receive: ByteReceiveStream & Disposable) {
    super(send, receive);
    this.halves = [send, receive];
  }

  [Symbol.dispose](): void {
    for (const half of this.halves) half[Symbol.dispose]();
  }
}

/**
 * A byte stream over a Node `Duplex`: a socket. `sendEof` ends its writable half; `close` does too, waits until all is
 * flushed, and destroys it. See `fromNodeReadable` and `fromNodeWritable`.
 */
export function fromNodeDuplex(
  duplex: NodeReadable & NodeWritable,
  options?: HostStreamOptions,
): ByteStream & Disposable {
  return new NodeByteStream(fromNodeWritable(duplex, options), fromNodeReadable(duplex, options));
}

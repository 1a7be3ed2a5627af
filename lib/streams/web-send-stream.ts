/**
 * Writing to a WHATWG stream. As with Node's: `send` waits until the stream is `ready` for more, then writes and is done.
 */
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import { Event } from '../sync/event.js';
import { type ByteSendStream, checkBytes } from './byte-stream.js';
import { broken, busy, closedHere, destroysOnCancel, type HostStreamOptions } from './host-stream-options.js';

const WRITING = 'writing to a web stream';

class WebByteSendStream implements ByteSendStream, Disposable {
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private readonly destroysOnCancel: boolean;
  /** Fails the parked sender; null when there is none. At most one task sends. */
  private failSender: ((error: unknown) => void) | null = null;
  /** Somebody has been told that the stream has failed: closing it need not throw that again. */
  private isReported = false;
  private isClosed = false;
  /** Set when the task that closes has flushed, or given up; null before there is one. */
  private flushed: Event | null = null;

  constructor(writable: WritableStream<Uint8Array>, options: HostStreamOptions | undefined) {
    this.destroysOnCancel = destroysOnCancel(options); // may throw: before the stream is locked
    this.writer = writable.getWriter();
    // Failures are told by `ready` and `close()`: these two are the same news once more.
    this.writer.closed.catch(() => {});
    this.writer.ready.catch(() => {});
  }

  send(this: this, chunk: Uint8Array): Effect<void> {
    checkBytes(chunk, 'send(chunk)');
    return suspend<void>(
      (resume, fail) => {
        if (this.isClosed) throw closedHere(WRITING);
        if (this.failSender !== null) throw busy(WRITING);
        this.failSender = fail;
        this.writer.ready.then(
          () => {
            if (this.failSender !== fail) return; // it was cancelled, or the stream closed
            this.failSender = null;
            this.writer.write(chunk).catch(() => {});
            resume();
          },
          (error: unknown) => {
            if (this.failSender !== fail) return;
            this.failSender = null;
            this.isReported = true;
            fail(broken(WRITING, error));
          },
        );
        return (cancelled) => {
          this.failSender = null;
          if (this.destroysOnCancel) this.abandon(cancelled);
        };
      },
      {
        description: WRITING,
        whenCancelled: () => {
          if (this.destroysOnCancel && this.failSender === null) this.abandon(undefined);
        },
      },
    );
  }

  close(): Effect<void> {
    return call(closeGracefully, this);
  }

  [Symbol.dispose](): void {
    this.abandon(undefined);
  }

  /** @internal */
  *flush(): Coroutine<void> {
    if (this.isClosed) {
      if (this.flushed !== null) yield* this.flushed.wait();
      return;
    }
    this.shut();
    this.flushed = new Event();
    try {
      yield* this.closeWriter();
    } finally {
      this.flushed.set();
    }
  }

  private closeWriter(): Effect<void> {
    return suspend<void>(
      (resume, fail) => {
        const failed = (error: unknown) => {
          if (this.isReported) resume();
          else fail(broken(WRITING, error));
        };
        // A failure is known here at once, and to close() when the write under way is over, which may be never.
        this.writer.ready.catch(failed);
        this.writer.close().then(resume, failed);
        return (cancelled) => this.abort(cancelled);
      },
      {
        description: 'closing a web stream',
        whenCancelled: () => this.abort(undefined),
        isOfHost: true,
      },
    );
  }

  private abandon(reason: unknown): void {
    if (this.isClosed) return;
    this.shut();
    this.abort(reason);
  }

  private abort(reason: unknown): void {
    this.writer.abort(reason).catch(() => {}); // nobody waits for it: the write under way may never be over
  }

  private shut(): void {
    this.isClosed = true;
    this.failSender?.(closedHere(WRITING));
    this.failSender = null;
  }
}

function closeGracefully(stream: WebByteSendStream): Coroutine<void> {
  return stream.flush();
}

/**
 * A send stream over a WHATWG `WritableStream` of bytes. Back-pressure is kept: `send` waits until the web stream is
 * ready for more. `close` waits until all is flushed; disposing it without that aborts the web stream, and so does the
 * cancellation of a close and, by default, of a send.
 *
 * `send` is a checkpoint and a foreign wait; one task at a time may send. It throws BrokenResourceError if the web stream
 * failed (`cause` is its error; an error of a chunk accepted earlier comes with a later send, or with close),
 * ClosedResourceError after closing, also while waiting, and BusyResourceError if another task sends.
 *
 * @throws TypeError if the web stream is locked.
 */
export function fromWebWritable(
  writable: WritableStream<Uint8Array>,
  options?: HostStreamOptions,
): ByteSendStream & Disposable {
  checkMethods(writable, ['getWriter'], 'fromWebWritable(writable) takes a WritableStream');
  return new WebByteSendStream(writable, options);
}

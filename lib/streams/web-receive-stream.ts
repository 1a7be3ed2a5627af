/**
 * Reading from a WHATWG stream. A `read()` that has been asked for cannot be taken back: when its receiver is cancelled
 * and the stream is kept, the promise stays and the next receiver waits for it, so nothing is lost.
 */
import { EndOfStream } from '../base/errors.js';
import { checkMethods } from '../base/options.js';
import { until } from '../interop/until.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import { AbstractReceiveStream } from './abstract-receive-stream.js';
import { type ByteReceiveStream, checkByteCount, checkBytes, DEFAULT_CHUNK } from './byte-stream.js';
import { broken, busy, closedHere, destroysOnCancel, type HostStreamOptions } from './host-stream-options.js';

const READING = 'reading from a web stream';

interface Waiting {
  readonly maxBytes: number;
  readonly resume: (chunk: Uint8Array) => void;
  readonly fail: (error: unknown) => void;
}

class WebByteReceiveStream
  extends AbstractReceiveStream<Uint8Array>
  implements ByteReceiveStream, Disposable
{
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly destroysOnCancel: boolean;
  /** What was read beyond what was asked for; not empty. */
  private rest: Uint8Array | null = null;
  /** The read that is under way, or whose result nobody has taken yet. */
  private pending: Promise<ReadableStreamReadResult<Uint8Array>> | null = null;
  /** At most one task receives. */
  private waiting: Waiting | null = null;
  /** The source's answer to being cancelled; null while the stream is open. */
  private closing: Promise<void> | null = null;

  constructor(readable: ReadableStream<Uint8Array>, options: HostStreamOptions | undefined) {
    super();
    this.destroysOnCancel = destroysOnCancel(options); // may throw: before the stream is locked
    this.reader = readable.getReader();
  }

  receive(this: this, maxBytes: number = DEFAULT_CHUNK): Effect<Uint8Array> {
    checkByteCount(maxBytes, 1, 'receive(maxBytes)');
    return suspend<Uint8Array>(
      (resume, fail) => {
        if (this.closing !== null) throw closedHere(READING);
        if (this.waiting !== null) throw busy(READING);
        if (this.rest !== null) {
          resume(this.portion(this.rest, maxBytes));
          return;
        }
        this.waiting = { maxBytes, resume, fail };
        this.pull(this.waiting);
        return (cancelled) => {
          this.waiting = null;
          if (this.destroysOnCancel) this.abandon(cancelled);
        };
      },
      {
        description: READING,
        whenCancelled: () => {
          if (this.destroysOnCancel && this.waiting === null) this.abandon(undefined);
        },
        isOfHost: true,
      },
    );
  }

  close(): Effect<void> {
    return call(closeReader, this);
  }

  [Symbol.dispose](): void {
    this.abandon(undefined);
  }

  /** @internal */
  *shut(): Coroutine<void> {
    this.abandon(undefined);
    if (this.closing !== null) yield* until(this.closing);
  }

  private abandon(reason: unknown): void {
    if (this.closing !== null) return;
    // A stream that has failed refuses to be cancelled: as nothing more will be read, that is no news.
    this.closing = this.reader.cancel(reason).catch(() => {});
    this.reader.releaseLock();
    this.rest = null;
    this.waiting?.fail(closedHere(READING));
    this.waiting = null;
  }

  private pull(waiting: Waiting): void {
    this.pending ??= this.reader.read();
    this.pending.then(
      (result) => this.arrived(waiting, result),
      (error: unknown) => this.failed(waiting, error),
    );
  }

  private arrived(waiting: Waiting, result: ReadableStreamReadResult<Uint8Array>): void {
    if (this.waiting !== waiting) return; // it was cancelled; the result stays in `pending`
    if (result.done) {
      this.waiting = null;
      waiting.fail(new EndOfStream('the web stream has come to its end'));
      return;
    }
    this.pending = null;
    try {
      checkBytes(result.value, 'fromWebReadable(): a chunk that came');
    } catch (error) {
      this.waiting = null;
      waiting.fail(error);
      return;
    }
    if (result.value.length === 0) {
      this.pull(waiting);
      return;
    }
    this.waiting = null;
    waiting.resume(this.portion(result.value, waiting.maxBytes));
  }

  private failed(waiting: Waiting, error: unknown): void {
    if (this.waiting !== waiting) return;
    this.waiting = null;
    waiting.fail(broken(READING, error));
  }

  /** As much of a chunk as was asked for; the rest is kept. */
  private portion(chunk: Uint8Array, maxBytes: number): Uint8Array {
    this.rest = chunk.length > maxBytes ? chunk.subarray(maxBytes) : null;
    return this.rest === null ? chunk : chunk.subarray(0, maxBytes);
  }
}

function closeReader(stream: WebByteReceiveStream): Coroutine<void> {
  return stream.shut();
}

/**
 * A receive stream over a WHATWG `ReadableStream` of bytes: the body of a response. Back-pressure is kept: a chunk is
 * pulled only when a task asks for one. Closing or disposing it cancels the web stream, and so does, by default, the
 * cancellation of a receive. `close` waits until the stream's source has cleaned up; disposing cannot wait.
 *
 * `receive` is a checkpoint and a foreign wait; one task at a time may receive. It throws EndOfStream at the end,
 * BrokenResourceError if the web stream failed (`cause` is its error), ClosedResourceError after closing, also while
 * waiting, and BusyResourceError if another task receives.
 *
 * @throws TypeError if the web stream is locked.
 * @example
 *     const response = yield* until((signal) => fetch(url, { signal }));
 *     using body = fromWebReadable(response.body!);
 *     yield* body.forEach(function* (chunk) { received += chunk.length; });
 */
export function fromWebReadable(
  readable: ReadableStream<Uint8Array>,
  options?: HostStreamOptions,
): ByteReceiveStream & Disposable {
  checkMethods(readable, ['getReader'], 'fromWebReadable(readable) takes a ReadableStream');
  return new WebByteReceiveStream(readable, options);
}

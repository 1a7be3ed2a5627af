/** Receive streams out of async iterables. */
import { describe } from '../base/durations.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import { shield } from '../tasks/timeouts.js';
import { AsyncPuller } from './async-puller.js';
import { ForeignStream } from './foreign-stream.js';
import { until } from './until.js';

/**
 * One `next()` of the iterator is under way at a time, and only while it is or was wanted: a task that is cancelled
 * while it waits leaves the call running, and its item to the next task that receives.
 */
class AsyncIterableStream<T> extends ForeignStream<T> {
  readonly title = 'fromAsyncIterable()';
  private readonly puller: AsyncPuller<T>;
  private isPulling = false;
  private closing: Promise<unknown> | undefined;

  constructor(iterable: AsyncIterable<T>) {
    super();
    this.puller = new AsyncPuller(iterable);
  }

  close(this: this): Effect<void> {
    return call(closeStream, this);
  }

  /** Closes the iterator, once. */
  stop(): Promise<unknown> {
    this.shut();
    this.closing ??= this.puller.leave();
    return this.closing;
  }

  protected override wanted(): void {
    if (!this.isPulling) this.pull();
  }

  private pull(): void {
    this.isPulling = true;
    this.puller.next().then(
      (result) => {
        this.isPulling = false;
        if (result.done === true) this.end();
        else {
          this.put(result.value);
          if (this.isWanted && !this.isOver) this.wanted();
        }
      },
      (error: unknown) => {
        this.isPulling = false;
        this.endWith(error);
      },
    );
  }
}

function* closeStream(stream: AsyncIterableStream<unknown>): Coroutine<void> {
  yield* shield(() => until(stream.stop()));
}

/**
 * Makes a receive stream of an async iterable (an async generator, a Node stream, …). It is pulled on demand: each
 * item is asked for when a task waits for it, and no task runs behind it.
 *
 * `receive` and `next` are checkpoints. A wait that is cancelled loses nothing: the item that was asked for goes to
 * the next one who receives. What the iterable throws goes to one receiver, and then the stream has ended.
 * `close()` calls the iterator's `return`, unless the iterator has ended by itself, and waits for it, shielded: it
 * belongs in a `finally`. While an item is still being fetched it does not wait: an async generator cleans up only when
 * that item has come, which may be after the run has ended, or never: a promise of the host's cannot be cancelled, and
 * one cut short is not waited for (as in `until`). If the clean-up matters, end what it reads from, `socket.destroy()`, or
 * receive under a shield, so that nothing is under way when it is closed. Afterwards receiving throws ClosedResourceError.
 *
 * @throws TypeError if it is no async iterable.
 * @example
 *     const lines = fromAsyncIterable(createInterface({ input }));
 *     try {
 *       yield* lines.forEach(handle);
 *     } finally {
 *       yield* lines.close();
 *     }
 * Semantics: AnyIO has none; a receive stream is AnyIO's `ObjectReceiveStream`.
 */
export function fromAsyncIterable<T>(
  iterable: AsyncIterable<T>,
): ReceiveStream<T> & { close(): Effect<void> } {
  const candidate = iterable as AsyncIterable<T> | null | undefined;
  if (typeof candidate?.[Symbol.asyncIterator] !== 'function') {
    throw new TypeError(
      `fromAsyncIterable(iterable) takes an async iterable, not ${describe(iterable)}; for what for…of takes, a loop will do`,
    );
  }
  return new AsyncIterableStream(iterable);
}

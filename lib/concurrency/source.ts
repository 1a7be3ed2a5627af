/**
 * Where `map` gets its items: an iterable, an async iterable or a receive stream, behind one way of asking. Items
 * are asked for one at a time, when there is a task free for them, so that a source is never read ahead.
 */
import { describe } from '../base/durations.js';
import { AsyncPuller, checkIteratorResult } from '../interop/async-puller.js';
import { until } from '../interop/until.js';
import { Effect, type Operation } from '../kernel/effect.js';
import { Task } from '../kernel/task.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import { shield } from '../tasks/timeouts.js';

export type Items<T> = Iterable<T> | AsyncIterable<T> | ReceiveStream<T>;

export interface Source<T> {
  /** The next item at once; null: it takes waiting. */
  readonly nextNow: (() => IteratorResult<T, unknown>) | null;
  /** The next item. */
  next(): Operation<IteratorResult<T, unknown>>;
  /** The items are left before their end: lets the source clean up. */
  close(): Operation<unknown>;
}

/** A source over what a user passed; made anew for each run of `map`, for most iterables can be read again. */
export function sourceOf<T>(items: Items<T>): Source<T> {
  if (isStream(items)) return new StreamSource(items);
  if (Symbol.asyncIterator in items) return new AsyncSource(items);
  return new SyncSource(items[Symbol.iterator]());
}

/** Refuses what is no source of items. */
export function checkItems(items: unknown, what: string): void {
  const isOperation = items instanceof Effect || items instanceof Task; // iterable too, but not over items
  if (typeof items === 'string' || (typeof items === 'object' && items !== null && !isOperation)) {
    const object = Object(items);
    if (isStream(object) || Symbol.iterator in object || Symbol.asyncIterator in object) return;
  }
  throw new TypeError(
    `${what} takes an iterable, an async iterable or a receive stream of items, not ${describe(items)}`,
  );
}

function isStream<T>(items: Items<T>): items is ReceiveStream<T> {
  const stream = items as Partial<ReceiveStream<T>>;
  return typeof stream.receive === 'function' && typeof stream.next === 'function';
}

class SyncSource<T> implements Source<T> {
  readonly nextNow: () => IteratorResult<T, unknown>;
  private readonly iterator: Iterator<T, unknown>;

  constructor(iterator: Iterator<T, unknown>) {
    this.iterator = iterator;
    this.nextNow = () => {
      const result = iterator.next();
      checkIteratorResult(result);
      return result;
    };
  }

  *next(): Generator<Effect<unknown>, IteratorResult<T, unknown>, unknown> {
    return this.nextNow();
  }

  *close(): Generator<Effect<unknown>, void, unknown> {
    this.iterator.return?.();
  }
}

class AsyncSource<T> implements Source<T> {
  readonly nextNow = null;
  private readonly puller: AsyncPuller<T>;

  constructor(items: AsyncIterable<T>) {
    this.puller = new AsyncPuller(items);
  }

  next(): Operation<IteratorResult<T, unknown>> {
    return until(this.puller.next());
  }

  /** Waits until the iterator has cleaned up, unless the wait for an item was cut short. */
  *close(): Generator<Effect<unknown>, void, unknown> {
    yield* shield(() => until(this.puller.leave()));
  }
}

/** Whoever opened a stream closes it. */
class StreamSource<T> implements Source<T> {
  readonly nextNow = null;
  private readonly stream: ReceiveStream<T>;

  constructor(stream: ReceiveStream<T>) {
    this.stream = stream;
  }

  next(): Operation<IteratorResult<T, unknown>> {
    return this.stream.next();
  }

  *close(): Generator<Effect<unknown>, void, unknown> {}
}

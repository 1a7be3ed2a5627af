/**
 * An async iterator that tasks pull from, one item at a time, and may leave while it still owes one: behind
 * `fromAsyncIterable` and `map`. A `next` or `return` that throws, or gives no promise, is like one that rejects, or
 * fulfils: what `for await` takes is taken here too.
 */
import { describe } from '../base/durations.js';

export class AsyncPuller<T> {
  private readonly iterable: AsyncIterable<T, unknown>;
  private iterator: AsyncIterator<T, unknown> | null = null;
  /** An item has been asked for and has not come. */
  private isPulling = false;
  /** It has ended or failed by itself: as in a `for` loop, its `return` is then not called. */
  private isOver = false;

  constructor(iterable: AsyncIterable<T, unknown>) {
    this.iterable = iterable;
  }

  /** The next item. Only when the one before has come. */
  async next(): Promise<IteratorResult<T, unknown>> {
    this.isPulling = true;
    let isLast = true;
    try {
      const result = await this.open().next();
      checkIteratorResult(result);
      isLast = result.done === true;
      return result;
    } finally {
      this.isPulling = false;
      this.isOver = isLast;
    }
  }

  /**
   * Calls the iterator's `return`. Gives what is to be waited for. While an item is under way that is nothing: an async
   * generator begins its clean-up only when that item has come, which may be never. A promise it is all the same: at
   * replay, when no iterator tells how far it is, the task that waits must take the same steps.
   */
  leave(): Promise<unknown> {
    if (this.isOver) return Promise.resolve();
    const leaving = (async () => this.open().return?.())();
    if (!this.isPulling) return leaving;
    leaving.catch(() => {}); // nobody waits for it
    return Promise.resolve();
  }

  private open(): AsyncIterator<T, unknown> {
    this.iterator ??= this.iterable[Symbol.asyncIterator]();
    return this.iterator;
  }
}

/** Refuses what `for…of` refuses: an answer of an iterator that is no object has no `done`, and would never end. */
export function checkIteratorResult(result: unknown): void {
  if (typeof result === 'object' && result !== null) return;
  throw new TypeError(`an iterator's next() gives { done, value }, not ${describe(result)}`);
}

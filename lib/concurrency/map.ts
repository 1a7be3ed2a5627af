/** The same for each item, side by side, so many at a time. */
import { describe } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import { coroutine } from '../kernel/call.js';
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adoptResult } from '../kernel/operation.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import { isCancellation } from './cancellation.js';
import { checkCount } from './checks.js';
import { checkItems, type Items, type Source, sourceOf } from './source.js';

type ItemBody = (this: void, item: unknown) => Operation<unknown>;

/** How many more tasks may run; the one who spawns them waits here when it is none. */
class Places {
  private free: number;
  private readonly queue = new WaitQueue(() => 'map: one of its tasks to end');

  private static readonly wait = waitEffects<Places, undefined, void>({
    name: 'map',
    tryNow: (places) => (places.take() ? undefined : PENDING),
    queueOf: (places) => places.queue,
  });

  constructor(limit: number) {
    this.free = limit;
  }

  take(): boolean {
    if (this.free === 0) return false;
    this.free--;
    return true;
  }

  waitForOne(): Effect<void> {
    return Places.wait(this, undefined);
  }

  /** A place is handed to the one who waits, or is free. */
  giveBack(): void {
    const waiter = this.queue.shift();
    if (waiter === null) this.free++;
    else waiter.wake();
  }
}

/** One task's work. `fn` is called in the task's first step, and its error is the task's. */
function* mapOne(
  fn: ItemBody,
  item: unknown,
  index: number,
  results: unknown[],
  places: Places,
): Coroutine<void> {
  try {
    results[index] = yield* adoptResult(fn(item), fn, 'map(items, fn)');
  } catch (error) {
    // The place of one that failed goes to nobody: the group is about to be cancelled, and nothing more begins.
    if (isCancellation(error)) places.giveBack();
    throw error;
  }
  places.giveBack();
}

function* mapAll(
  tg: TaskGroup,
  items: Source<unknown>,
  fn: ItemBody,
  results: unknown[],
  places: Places,
): Coroutine<void> {
  const name = fn.name || 'map';
  // Not on the iterator's own errors: who has thrown is not closed, as in a for loop.
  let isOpen = true;
  try {
    for (let index = 0; ; index++) {
      if (!places.take()) yield* places.waitForOne();
      isOpen = items.nextNow === null;
      const step = items.nextNow === null ? yield* items.next() : items.nextNow();
      isOpen = !step.done;
      if (step.done) return;
      tg.createTask(mapOne(fn, step.value, index, results, places), { name });
    }
  } finally {
    if (isOpen) yield* items.close();
  }
}

const runMap = coroutine(
  'map',
  function* (source: () => Source<unknown>, fn: ItemBody, limit: number): Coroutine<unknown[]> {
    yield* checkpointIfCancelled();
    const results: unknown[] = [];
    // An arrow function over a function* of the module: see `use`.
    yield* taskGroup((tg) => mapAll(tg, source(), fn, results, new Places(limit)), { name: 'map' });
    return results;
  },
);

/**
 * Calls `fn` with each item, each in a task of its own, at most `limit` at a time, and gives the results in the
 * order of the items. An item is taken from its source only when there is a task free for it. If one fails, the
 * others are cancelled and awaited, the source is left (an iterator's `return` is called), and one group with
 * every error is thrown. An async iterator that owes an item just then is not waited for, as in `fromAsyncIterable`: it
 * cleans up when that item comes, maybe after the run has ended.
 *
 * A checkpoint. In a scope already cancelled nothing is started. No items: an empty array.
 *
 * @param items An iterable, an async iterable or a receive stream; a stream is not closed.
 * @param options.limit Tasks at a time, 1 or more; default Infinity.
 * @throws ExceptionGroup if `fn` failed for an item, or the source did.
 * @throws TypeError if `items` or `fn` is none, or `limit` is no number.
 * @throws RangeError if `limit` is no whole number from 1, nor Infinity.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const pages = yield* map(urls, function* (url) { return yield* download(url); }, { limit: 4 });
 * Semantics: `p-map`, with the structure of a task group.
 */
export function map<T, R>(
  items: Items<T>,
  fn: (item: T) => Operation<R>,
  options?: { limit?: number },
): Effect<R[]> {
  checkItems(items, 'map(items, fn)');
  if (typeof fn !== 'function') {
    throw new TypeError(`map(items, fn) takes a generator function of one item, not ${describe(fn)}`);
  }
  checkOptions(options, 'map(items, fn, options)');
  const limit = options?.limit ?? Infinity;
  checkCount(limit, "map's limit", 1);
  return runMap(() => sourceOf(items), fn as ItemBody, limit) as Effect<R[]>;
}

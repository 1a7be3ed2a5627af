/** Handling items at most so often. */
import { checkDuration } from '../base/durations.js';
import { callFor } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { currentTime, sleepUntil } from '../kernel/sleep.js';
import { taskGroup } from '../tasks/task-group.js';
import { moveOnAt } from '../tasks/timeouts.js';
import { checkReceiveStream, type ReceiveStream } from './receive-stream.js';

type Handler<T> = (this: void, item: T) => Operation<unknown>;

const callFn = callFor('throttle(stream, ms, fn)');

function throttled<T>(stream: ReceiveStream<T>, ms: number, fn: Handler<T>): Effect<void> {
  return taskGroup(
    function* (tg): Coroutine<void> {
      let result = yield* stream.next();
      while (!result.done) {
        tg.createTask(callFn(fn, result.value));
        result = yield* newestWithin(stream, ms);
      }
    },
    { name: 'throttle', collapse: true },
  );
}

/** Receives for `ms` milliseconds and gives the newest item; if none came, the next one, whenever that is. */
function* newestWithin<T>(stream: ReceiveStream<T>, ms: number): Coroutine<IteratorResult<T, undefined>> {
  const quietUntil = currentTime() + ms;
  let newest: IteratorResult<T, undefined> | undefined;
  for (;;) {
    const result = yield* moveOnAt(quietUntil, () => stream.next());
    if (result === undefined) return newest ?? (yield* stream.next());
    if (!result.done) newest = result;
    else if (newest === undefined || quietUntil === Infinity) return result;
    else break;
  }
  // The stream has ended within the quiet time: its newest item still has to wait for that to be over.
  yield* sleepUntil(quietUntil);
  return newest;
}

/**
 * Runs `fn` for an item of a stream and then not again for `ms` milliseconds; of the items that come meanwhile the
 * newest is handled when that time is over, the others are dropped. Each `fn` runs in a task of its own: one that takes
 * longer than `ms` does not hold up the next. Returns when the stream and all tasks have ended.
 *
 * A checkpoint at each item and at the end. When it is cancelled, so are the tasks.
 *
 * @throws what `fn` throws (an ExceptionGroup if several do), and what `stream.next()` throws.
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number, `stream` none or `fn` no function.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* throttle(positions, 100, function* (at) { yield* draw(at); });
 * Semantics: redux-saga's `throttle`.
 */
export function throttle<T>(stream: ReceiveStream<T>, ms: number, fn: Handler<T>): Effect<void> {
  checkReceiveStream(stream, 'throttle(stream, ms, fn)');
  checkDuration(ms, 'throttle(stream, ms)');
  checkBody(fn, 'throttle(stream, ms, fn)');
  return throttled(stream, ms, fn);
}

/** Handling an item only when it has been quiet after it. */
import { checkDuration } from '../base/durations.js';
import { callFor } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { taskGroup } from '../tasks/task-group.js';
import { moveOnAfter } from '../tasks/timeouts.js';
import { checkReceiveStream, type ReceiveStream } from './receive-stream.js';

type Handler<T> = (this: void, item: T) => Operation<unknown>;

const callFn = callFor('debounce(stream, ms, fn)');

function debounced<T>(stream: ReceiveStream<T>, ms: number, fn: Handler<T>): Effect<void> {
  return taskGroup(
    function* (tg): Coroutine<void> {
      let result = yield* stream.next();
      while (!result.done) {
        const later = yield* moveOnAfter(ms, () => stream.next());
        if (later === undefined || later.done) tg.createTask(callFn(fn, result.value));
        result = later ?? (yield* stream.next());
      }
    },
    { name: 'debounce', collapse: true },
  );
}

/**
 * Runs `fn` for an item of a stream when no other has come for `ms` milliseconds after it; items followed sooner are
 * dropped. At the end of the stream the last item is handled at once. Each `fn` runs in a task of its own: one that
 * takes long does not hold up the next, so they may overlap. Returns when the stream and all tasks have ended.
 *
 * A checkpoint at each item and at the end. When it is cancelled, so are the tasks.
 *
 * @throws what `fn` throws (an ExceptionGroup if several do), and what `stream.next()` throws.
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number, `stream` none or `fn` no function.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* debounce(changes, 300, function* (text) { yield* save(text); });
 * Semantics: redux-saga's `debounce`.
 */
export function debounce<T>(stream: ReceiveStream<T>, ms: number, fn: Handler<T>): Effect<void> {
  checkReceiveStream(stream, 'debounce(stream, ms, fn)');
  checkDuration(ms, 'debounce(stream, ms)');
  checkBody(fn, 'debounce(stream, ms, fn)');
  return debounced(stream, ms, fn);
}

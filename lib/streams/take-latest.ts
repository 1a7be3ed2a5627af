/** Handling items one at a time where a newer one makes the work on the older one pointless. */
import { callFor } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { checkReceiveStream, type ReceiveStream } from './receive-stream.js';

type Handler<T> = (this: void, item: T) => Operation<unknown>;

const callFn = callFor('takeLatest(stream, fn)');

function latest<T>(stream: ReceiveStream<T>, fn: Handler<T>): Effect<void> {
  return taskGroup(
    function* (tg): Coroutine<void> {
      let running: TaskHandle<unknown> | undefined;
      for (;;) {
        const result = yield* stream.next();
        if (result.done) return;
        if (running !== undefined) {
          running.cancel('a newer item has come');
          yield* running.wait();
        }
        running = tg.createTask(callFn(fn, result.value));
      }
    },
    { name: 'takeLatest', collapse: true },
  );
}

/**
 * Runs `fn` for each item of a stream in a task of its own; when the next item comes, the task of the one before is
 * cancelled, and awaited, before the next begins: a search box that asks as you type. Returns when the stream has ended
 * and the last task too.
 *
 * A checkpoint at each item and at the end. When it is cancelled, so is the task.
 *
 * @throws what `fn` throws (an ExceptionGroup if its clean-up fails as well), and what `stream.next()` throws.
 * @throws TypeError if `stream` is none, or `fn` no function.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* takeLatest(inputs, function* (text) { show(yield* search(text)); });
 * Semantics: redux-saga's `takeLatest`, but the loser is awaited.
 */
export function takeLatest<T>(stream: ReceiveStream<T>, fn: Handler<T>): Effect<void> {
  checkReceiveStream(stream, 'takeLatest(stream, fn)');
  checkBody(fn, 'takeLatest(stream, fn)');
  return latest(stream, fn);
}

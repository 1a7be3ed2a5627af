/** Handling items one at a time where what comes meanwhile is superfluous. */
import { callFor } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { checkReceiveStream, type ReceiveStream } from './receive-stream.js';

type Handler<T> = (this: void, item: T) => Operation<unknown>;

const callFn = callFor('takeLeading(stream, fn)');

function leading<T>(stream: ReceiveStream<T>, fn: Handler<T>): Effect<void> {
  return taskGroup(
    function* (tg): Coroutine<void> {
      let running: TaskHandle<unknown> | undefined;
      for (;;) {
        const result = yield* stream.next();
        if (result.done) return;
        if (running?.status !== 'pending') running = tg.createTask(callFn(fn, result.value));
      }
    },
    { name: 'takeLeading', collapse: true },
  );
}

/**
 * Runs `fn` for an item of a stream; items that come while it runs are received and dropped: a button that is pressed
 * twice. Returns when the stream has ended and the last `fn` too.
 *
 * A checkpoint at each item and at the end. When it is cancelled, so is `fn`.
 *
 * @throws what `fn` throws, and what `stream.next()` throws.
 * @throws TypeError if `stream` is none, or `fn` no function.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* takeLeading(clicks, function* () { yield* save(); });
 * Semantics: redux-saga's `takeLeading`.
 */
export function takeLeading<T>(stream: ReceiveStream<T>, fn: Handler<T>): Effect<void> {
  checkReceiveStream(stream, 'takeLeading(stream, fn)');
  checkBody(fn, 'takeLeading(stream, fn)');
  return leading(stream, fn);
}

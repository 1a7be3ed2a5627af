/** Several operations side by side, taken up one by one as they end. */
import { describe } from '../base/durations.js';
import { EndOfStream } from '../base/errors.js';
import { callFor, coroutine } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import { checkpointIfCancelled } from '../kernel/checkpoint.js';
import { type Coroutine, Effect, type Operation } from '../kernel/effect.js';
import { Task, type Watcher } from '../kernel/task.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { forEachItem, type ReceiveStream } from '../streams/receive-stream.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { checkAll, nameOf, type Result } from './operations.js';

type Step = IteratorResult<TaskHandle<unknown>, undefined>;

const DONE: Step = { done: true, value: undefined };

/** The handles in the order in which their tasks ended. */
class Completions implements ReceiveStream<TaskHandle<unknown>>, Watcher {
  private readonly ended: TaskHandle<unknown>[] = [];
  private taken = 0;
  private expected = 0;
  private readonly queue = new WaitQueue<undefined, Step>(() => 'the next of asCompleted() to end');

  private static readonly next = waitEffects<Completions, undefined, Step>({
    name: 'asCompleted.next',
    tryNow: (completions) => completions.take(),
    queueOf: (completions) => completions.queue,
  });

  next(): Effect<Step> {
    return Completions.next(this, undefined);
  }

  receive(): Effect<TaskHandle<unknown>> {
    return receiveFrom(this);
  }

  forEach(body: (this: void, item: TaskHandle<unknown>) => Operation<unknown>): Effect<void> {
    return forEachItem(this, body);
  }

  /** Expects one more task. */
  watch(handle: TaskHandle<unknown>): void {
    this.expected++;
    handle.addWatcher(this);
  }

  watchedEnded(task: Task): void {
    this.ended.push(task as TaskHandle<unknown>);
    const waiter = this.queue.shift();
    if (waiter === null) return;
    waiter.wake({ done: false, value: this.ended[this.taken++] as TaskHandle<unknown> });
    // Who else waits will wait in vain.
    if (this.taken === this.expected) this.queue.wakeAll(DONE);
  }

  private take(): Step | typeof PENDING {
    if (this.taken < this.ended.length) {
      return { done: false, value: this.ended[this.taken++] as TaskHandle<unknown> };
    }
    return this.taken === this.expected ? DONE : PENDING;
  }
}

const receiveFrom = coroutine('asCompleted.receive', function* (completions: Completions): Coroutine<
  TaskHandle<unknown>
> {
  const step = yield* completions.next();
  if (step.done === true) throw new EndOfStream('every operation given to asCompleted() has been received');
  return step.value;
});

type CompletedBody = (this: void, completed: ReceiveStream<TaskHandle<unknown>>) => Operation<unknown>;

const callBody = callFor('asCompleted(operations, body)');

function* takeUp(tg: TaskGroup, list: Operation<unknown>[], body: CompletedBody): Coroutine<unknown> {
  const completions = new Completions();
  list.forEach((operation, index) => {
    completions.watch(tg.createTask(operation, { name: nameOf(operation, 'asCompleted', index) }));
  });
  const value = yield* callBody(body, completions);
  tg.cancel('the body of asCompleted() has returned');
  return value;
}

const runAsCompleted = coroutine(
  'asCompleted',
  function* (list: Operation<unknown>[], body: CompletedBody): Coroutine<unknown> {
    yield* checkpointIfCancelled();
    checkAll(list, 'asCompleted');
    // An arrow function over a function* of the module: see `use`.
    return yield* taskGroup((tg) => takeUp(tg, list, body), { name: 'asCompleted' });
  },
);

/**
 * Runs the operations side by side, each in a task of its own, and the body with a receive stream of their
 * handles, in the order in which they end. When the body returns, what still runs is cancelled; all have ended
 * when `asCompleted` gives the body's value. If an operation fails, the body and the others are cancelled, and one group with
 * every error is thrown; to go on in spite of failures wrap the operations in `attempt`.
 *
 * A checkpoint. In a scope already cancelled nothing is started. No operations: the stream has ended.
 *
 * @throws ExceptionGroup if an operation, or the body, failed.
 * @throws TypeError if something is no operation, or a coroutine object given before: nothing is started then.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* asCompleted(urls.map(download), function* (completed) {
 *       yield* completed.forEach(function* (handle) { console.log(handle.returnValue); });
 *     });
 * Semantics: Python's `asyncio.as_completed`, with the structure of a task group.
 */
export function asCompleted<O extends Operation<unknown>, R>(
  operations: Iterable<O>,
  body: (completed: ReceiveStream<TaskHandle<Result<O>>>) => Operation<R>,
): Effect<R> {
  checkBody(body, 'asCompleted(operations, body)');
  if (!isIterable(operations)) {
    throw new TypeError(
      `asCompleted(operations, body) takes an iterable of operations, not ${describe(operations)}`,
    );
  }
  const list = [...operations];
  checkAll(list, 'asCompleted');
  return runAsCompleted(list, body as unknown as CompletedBody) as Effect<R>;
}

/** An effect and a handle are iterable too, but not over operations. */
function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Effect || value instanceof Task)
    return false;
  return Symbol.iterator in value;
}

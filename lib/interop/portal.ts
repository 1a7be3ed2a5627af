/**
 * The way into a live run for callbacks and promise code: whoever holds the portal can start tasks in it.
 *
 *     callback ── portal.call(fn) ──▶ a task of the portal's group ── ends ──▶ the promise settles
 *
 * The tasks belong to a group, so the portal ends only when they have ended. But unlike the children of a plain
 * group they report to whoever called (rule R5): the task's owner is not the group but its `Request`, which settles
 * the promise and then lets the group know that one task less is left.
 *
 * While the body runs, a call may come at any time, so that the run is never deadlocked (rule L5); from its end on
 * calls are refused.
 */
import type { Cancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { RunFinishedError } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { call, callFor } from '../kernel/call.js';
import { type CancelScope, checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import type { Body } from '../kernel/operation.js';
import type { Engine, Task, TaskOwner } from '../kernel/task.js';
import { CANCELLED, FAILED } from '../kernel/task-state.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import { type Cancellable, type Run, RunPromise, type Settle } from '../tasks/run-promise.js';
import { startEffect, type TaskStatus } from '../tasks/start.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { PortalWaits } from './portal-waits.js';
import { pulledBy } from './to-async-iterable.js';
import { until } from './until.js';

/** How callbacks and promise code run tasks inside of a live run. */
export interface Portal {
  /**
   * Runs `fn(...args)` as a task. May be called from anywhere.
   *
   * @returns a promise of what it returns, which can be cancelled; it rejects with what the task throws.
   * @throws RunFinishedError after the portal's body has ended.
   * @throws TypeError if `fn` is no function.
   * @example
   *     server.on('request', (request, response) => {
   *       portal.call(handle, request, response).catch(report);
   *     });
   */
  call<A extends unknown[], T>(fn: (this: void, ...args: A) => Operation<T>, ...args: A): Run<T>;
  /**
   * Starts a task as `tg.startTask` does.
   *
   * @returns a promise of its handle, which fulfils when the task has called `started()`. What the task throws
   *   before that, the promise rejects with; what it throws later shows in the handle only.
   * @throws RunFinishedError after the portal's body has ended.
   * @throws TypeError if `fn` is no function, `args` no array, or `options` no object.
   */
  startTask<A extends unknown[], V, T>(
    fn: (this: void, ...args: [...A, TaskStatus<V>]) => Operation<T>,
    args: A,
    options?: { name?: string },
  ): Promise<TaskHandle<T, V>>;
  /**
   * The items of a receive stream for `for await`: each is asked for when it is wanted. Leaving the loop early stops
   * the pulling; the stream stays open, and an item on its way is not lost.
   *
   * @throws TypeError if it is no receive stream.
   */
  toAsyncIterable<T>(stream: ReceiveStream<T>): AsyncIterable<T>;
  /**
   * Waits, as `until` does, for a promise that itself waits for calls through this portal. While such a call is in
   * progress the wait does not count as one for something outside, so that a virtual clock moves on.
   *
   * A checkpoint.
   *
   * @throws what the promise rejects with.
   * @throws TypeError if it is given no promise.
   * @throws Cancelled if the surrounding scope is cancelled.
   * @example
   *     async function legacy(portal: Portal): Promise<string> {
   *       await portal.call(() => sleep(1000));
   *       return 'done';
   *     }
   *     yield* portal.until(legacy(portal));      // takes no time on the virtual clock
   */
  until<T>(promise: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Effect<T>;
  /**
   * Cancels the body and all tasks of the portal, those too that are waited for when the body has ended. The first call
   * counts; when all have ended it does nothing.
   */
  cancel(reason?: unknown): void;
}

type AnyFunction = Body<unknown[], unknown>;

/** A task that somebody outside has asked for, and the promise that it owes; also the owner of what it starts. */
class Request implements TaskOwner, Cancellable {
  onEnd: Settle | null = null;
  readonly hostTask: Task;
  private readonly group: TaskGroup;
  private readonly waits: PortalWaits;
  /** The task that the promise waits for. */
  private task: TaskHandle<unknown> | null = null;
  /** What a task threw that was being started when the request was cancelled; it takes the place of the Cancelled. */
  private late: { readonly error: unknown } | null = null;

  constructor(group: TaskGroup, waits: PortalWaits) {
    this.group = group;
    this.waits = waits;
    this.hostTask = group.hostTask;
  }

  launch(operation: Operation<unknown>, name?: string): this {
    this.task = this.group.createTask(operation, name === undefined ? {} : { name });
    this.task.owner = this;
    this.waits.callBegins();
    return this;
  }

  get loop(): Engine {
    return this.hostTask.loop;
  }

  get own(): Cancelled | null {
    return this.task?.own ?? null;
  }

  cancel(reason: unknown): void {
    this.task?.cancel(reason);
  }

  /** A task of this request has ended: the one that the promise waits for, or one that it has started. */
  taskEnded(task: Task): void {
    const { state, value } = task;
    if (task === this.task) {
      this.waits.callEnds();
      if (this.late !== null) this.onEnd?.(false, this.late.error);
      else this.onEnd?.(state !== FAILED && state !== CANCELLED, value);
    }
    this.group.release();
  }

  // What follows is the group as `startEffect` sees it.
  get cancelScope(): CancelScope {
    return this.group.cancelScope;
  }

  checkOpen(): void {
    this.group.checkOpen();
  }

  hold(): void {
    this.group.hold();
  }

  release(): void {
    this.group.release();
  }

  addError(error: unknown): void {
    this.late = { error };
  }
}

const callTask = callFor('portal.call(fn, ...args)');
const callBody = callFor('withPortal(body)');

class OpenPortal implements Portal {
  private readonly group: TaskGroup;
  private readonly waits: PortalWaits;
  private isOpen = true;

  constructor(group: TaskGroup) {
    this.group = group;
    this.waits = new PortalWaits(group.hostTask.loop);
    group.hostTask.loop.wakers++;
  }

  close(): void {
    this.isOpen = false;
    this.group.hostTask.loop.wakers--;
  }

  call<A extends unknown[], T>(fn: Body<A, T>, ...args: A): Run<T> {
    checkFunction(fn, 'portal.call(fn, ...args)');
    this.checkOpen();
    return RunPromise.of<T>(new Request(this.group, this.waits).launch(callTask(fn, ...args)));
  }

  startTask<A extends unknown[], V, T>(
    fn: (this: void, ...args: [...A, TaskStatus<V>]) => Operation<T>,
    args: A,
    options?: { name?: string },
  ): Promise<TaskHandle<T, V>> {
    checkFunction(fn, 'portal.startTask(fn, args)');
    if (!Array.isArray(args)) {
      throw new TypeError(
        'portal.startTask(fn, args) takes the arguments of fn as an array; for none pass []',
      );
    }
    checkOptions(options, 'portal.startTask(fn, args, options)');
    this.checkOpen();
    const request = new Request(this.group, this.waits);
    const starting = startEffect<TaskHandle<T, V>>(request, fn as AnyFunction, args, options?.name, true);
    return RunPromise.of<TaskHandle<T, V>>(
      request.launch(starting, `portal.startTask(${options?.name ?? fn.name})`),
    );
  }

  toAsyncIterable<T>(stream: ReceiveStream<T>): AsyncIterable<T> {
    if (typeof (stream as Partial<ReceiveStream<T>> | null | undefined)?.next !== 'function') {
      throw new TypeError(`portal.toAsyncIterable(stream) takes a receive stream, not ${describe(stream)}`);
    }
    return pulledBy(this, stream);
  }

  until<T>(promise: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Effect<T> {
    // What a task of this loop gives is no foreign wait to begin with; what is no promise is refused at once.
    const isOwn = promise instanceof RunPromise && promise.loop === this.group.hostTask.loop;
    const isPromise = typeof promise === 'function' || isThenable(promise);
    return isOwn || !isPromise ? until(promise) : call(() => this.waits.wait(promise));
  }

  cancel(reason?: unknown): void {
    this.group.cancel(reason);
  }

  private checkOpen(): void {
    if (this.isOpen) return;
    throw new RunFinishedError(
      'the portal is closed: its body has ended; keep the body of withPortal() running for as long as calls may come',
    );
  }
}

function checkFunction(fn: unknown, what: string): void {
  if (typeof fn === 'function') return;
  throw new TypeError(`${what} takes a generator function and its arguments: do not call it`);
}

function* inPortal<R>(group: TaskGroup, body: (this: void, portal: Portal) => Operation<R>): Coroutine<R> {
  const portal = new OpenPortal(group);
  try {
    return yield* callBody(body, portal);
  } finally {
    portal.close();
  }
}

/**
 * Runs `body` with a portal, through which callbacks and promise code can start tasks in this run, and gives what the
 * body returns. When the body ends the portal closes, and the tasks that were started through it are waited for; if
 * the body throws, they are cancelled first. Their errors go to whoever started them.
 *
 * While the body runs the run counts as one that something can wake: that the portal is there is no deadlock, but it
 * does not keep the host's process alive either. The end switches tasks, but is no cancellation point.
 *
 * @throws what the body throws.
 * @example
 *     yield* withPortal(function* (portal) {
 *       const server = createServer((request, response) => {
 *         portal.call(handle, request, response).catch(() => response.destroy());
 *       });
 *       server.listen(8080);
 *       yield* sleepForever();
 *     });
 * Semantics: AnyIO's `BlockingPortal`.
 */
export function withPortal<R>(body: (this: void, portal: Portal) => Operation<R>): Effect<R> {
  checkBody(body, 'withPortal(body)');
  return taskGroup((group) => inPortal(group, body), { name: 'portal', collapse: true });
}

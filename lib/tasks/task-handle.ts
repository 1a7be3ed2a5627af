/**
 * The handle of a task: what `startSoon` and `createTask` give. It is the task itself, seen from outside: anyone
 * may read it, wait for it and cancel it, any number of times, before and after it has ended.
 */
import { announce } from '../base/arrival.js';
import { Cancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { TaskCancelled, TaskFailed, TaskNotFinished, withoutStack } from '../base/errors.js';
import { taskTitle } from '../base/printable.js';
import { because, byWhom } from '../kernel/current.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { type EffectKind, effectKind, makeEffect } from '../kernel/kind.js';
import { ENDED, stamp } from '../kernel/operation.js';
import {
  type EndWait,
  type Engine,
  type Label,
  Task,
  type TaskContext,
  type TaskOwner,
} from '../kernel/task.js';
import { CANCELLED, FAILED, FINISHED, TO_CALL, TO_CALL_WITH } from '../kernel/task-state.js';

export type TaskStatusName = 'pending' | 'finished' | 'cancelling' | 'cancelled' | 'failed';

/**
 * A wait for the end of another task. It is no object of its own: the waiting task is the watcher, and keeps whom it
 * waits for in its resume slot, which is free while it is parked.
 */
class TaskWait implements EndWait {
  private readonly wantsResult: boolean;
  /** For a task of another run: to this one its end is something that comes from outside. */
  private readonly isForeign: boolean;

  constructor(wantsResult: boolean, isForeign: boolean) {
    this.wantsResult = wantsResult;
    this.isForeign = isForeign;
  }

  begin(waiter: Task, watched: Task): void {
    waiter.park(this);
    waiter.value = watched;
    watched.addWatcher(waiter);
    if (this.isForeign) waiter.loop.foreign++;
  }

  watchedEnded(waiter: Task, watched: Task): void {
    if (this.isForeign) waiter.loop.foreign--;
    settle(waiter, watched, this.wantsResult);
  }

  abort(waiter: Task): boolean {
    watchedBy(waiter).removeWatcher(waiter);
    if (this.isForeign) waiter.loop.foreign--;
    return true;
  }

  describe(waiter: Task): string {
    const watched = watchedBy(waiter);
    return `the end of ${taskTitle(watched)}`;
  }

  blockers(waiter: Task): readonly Task[] {
    return [watchedBy(waiter)];
  }
}

function watchedBy(waiter: Task): Task {
  return waiter.value as Task;
}

/** Wakes a task with the outcome of one that has ended. */
function settle(waiter: Task, ended: Task, wantsResult: boolean): void {
  // Compared: see loop.ts.
  if (wantsResult === false) waiter.wake(undefined);
  else if (ended.state === FINISHED) waiter.wake(ended.value);
  else waiter.wakeThrowing(announce(withoutStack(() => outcomeError(ended))));
}

function outcomeError(task: Task): Error {
  const { value } = task;
  const what = task.state === CANCELLED ? 'it was cancelled' : `it failed with ${describe(value)}`;
  const message = `${taskTitle(task)} has no result: ${what}; wait() only waits, and status tells how it ended`;
  return task.state === CANCELLED
    ? new TaskCancelled(message, { cause: value })
    : new TaskFailed(message, { cause: value });
}

/** What stands for the coroutine of a task that has ended. */
function endedCoroutine(): Coroutine<never> {
  const coroutine = (function* (): Coroutine<never> {
    throw new Error('this coroutine has ended');
  })();
  coroutine.return(undefined as never);
  return coroutine;
}

function taskWaitKind(name: string, wantsResult: boolean): EffectKind<Task, undefined> {
  const wait = new TaskWait(wantsResult, false);
  const foreignWait = new TaskWait(wantsResult, true);
  return effectKind<Task, undefined>({
    name,
    perform(task, loop, { a: watched }) {
      const cancelled = task.scope.effective;
      if (watched === task) throw new Error(`${taskTitle(task)} waits for its own end, which can never come`);
      if (cancelled !== null) task.wakeThrowing(cancelled);
      else if (watched.hasEnded) settle(task, watched, wantsResult);
      else (watched.loop === loop ? wait : foreignWait).begin(task, watched);
      return false;
    },
    describe: ({ a: watched }) => `${name} ${watched.name} (#${watched.id})`,
  });
}

const JOIN = taskWaitKind('result of task', true);
const WAIT = taskWaitKind('end of task', false);

/**
 * @example
 *     const handle = tg.startSoon(fetchUser, 7);
 *     const user = yield* handle;            // its return value, or TaskFailed / TaskCancelled
 *     yield* handle.wait();                  // however it ended
 *     handle.cancel('no longer needed');
 * Semantics: AnyIO's task handles; Trio has none.
 */
export class TaskHandle<out T, out V = unknown> extends Task implements Operation<T> {
  private constructor(
    loop: Engine,
    iterator: Coroutine<unknown>,
    label: Label,
    owner: TaskOwner | null,
    context: TaskContext | null,
  ) {
    super(loop, iterator, label, owner, context);
  }

  /** @internal Makes the task; `launch` starts it. */
  static make<T>(
    loop: Engine,
    iterator: Coroutine<unknown>,
    label: Label,
    owner: TaskOwner | null,
    context: TaskContext | null,
  ): TaskHandle<T> {
    return new TaskHandle<T>(loop, iterator, label, owner, context);
  }

  /**
   * The coroutine (or other operation) that the task runs: always the same object. A task of `startSoon` lets go of
   * its coroutine when it ends, for the sake of what that holds; who asks for the first time after that gets a
   * coroutine that has ended in its place.
   */
  get coroutine(): Operation<T> {
    const given = this.extra?.operation;
    if (given !== undefined) return given as Operation<T>;
    if (this.state === TO_CALL || this.state === TO_CALL_WITH) this.callNow();
    const coroutine = this.iterator === ENDED ? endedCoroutine() : this.iterator;
    stamp(coroutine); // users can get at it from here on: it must not be driven twice
    this.more().operation = coroutine;
    return coroutine as Operation<T>;
  }

  /** 'cancelling': asked to end, and not ended yet. */
  get status(): TaskStatusName {
    switch (this.state) {
      case FINISHED:
        return 'finished';
      case CANCELLED:
        return 'cancelled';
      case FAILED:
        return 'failed';
      default:
        return this.effective === null ? 'pending' : 'cancelling';
    }
  }

  /**
   * What the coroutine returned.
   *
   * @throws TaskNotFinished while the task runs; wait for it first.
   * @throws TaskCancelled if it was cancelled, TaskFailed if it failed; `cause` is its error.
   */
  get returnValue(): T {
    this.checkEnded();
    if (this.state !== FINISHED) throw outcomeError(this);
    return this.value as T;
  }

  /**
   * The error that the task failed with; undefined if it returned.
   *
   * @throws TaskNotFinished while the task runs.
   * @throws TaskCancelled if it was cancelled.
   */
  get exception(): unknown {
    this.checkEnded();
    if (this.state === CANCELLED) throw outcomeError(this);
    return this.state === FAILED ? this.value : undefined;
  }

  /** What the task gave to `started()`. @throws Error if it was not started by `startTask`. */
  get startValue(): V {
    if (this.extra?.isStarted !== true) {
      throw new Error(`${this} has no start value: only a task started by startTask() has one`);
    }
    return this.extra.startValue as V;
  }

  /**
   * Cancels this task alone: its checkpoints throw Cancelled until it ends. Its siblings go on. Not a checkpoint;
   * does nothing to a task that has ended.
   */
  cancel(reason?: unknown): void {
    if (this.hasEnded || this.own !== null) return;
    this.cancelBecause(Cancelled.create(`${this} was cancelled${byWhom()}${because(reason)}`, reason, this));
  }

  /** Waits for the end of the task, however it ends. A checkpoint; cancelling the wait leaves the task alone. */
  wait(this: this): Effect<void> {
    return makeEffect<void, Task, undefined>(WAIT, this, undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the contract's type; see Operation.
  [Symbol.iterator](): Iterator<Effect<unknown>, T, any> {
    return makeEffect<T, Task, undefined>(JOIN, this, undefined)[Symbol.iterator]();
  }

  /** 'task fetchUser (#7)' */
  override toString(): string {
    return taskTitle(this);
  }

  /** What of it can be written down: its links lead through the whole run. */
  toJSON(): { readonly id: number; readonly name: string; readonly status: TaskStatusName } {
    const { id, name, status } = this;
    return { id, name, status };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `TaskHandle { ${this}: ${this.status} }`;
  }

  private checkEnded(): void {
    if (this.hasEnded) return;
    throw new TaskNotFinished(
      `${this} has not finished: wait for it with yield* handle, or read it after its group has ended`,
    );
  }
}

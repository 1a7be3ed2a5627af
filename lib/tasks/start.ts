/**
 * `start`: spawn a task and wait until it is ready (rule G5).
 *
 *     caller                          child                                 group
 *     start(fn) ── spawns ──▶  belongs to the caller: hangs below           held open
 *       parked                 the caller's scope, so a cancel of the
 *         │                    caller reaches it
 *         ◀── value ─────────  started(value): moves below the group's  ──▶ owns it from here on
 *                              scope
 *
 * A child that ends before `started` wakes the caller with its error. A caller that is cancelled stays parked
 * until the child, cancelled with it, has ended: from then on `started` hands nothing over any more.
 */
import { announce } from '../base/arrival.js';
import type { Cancelled } from '../base/cancelled.js';
import { TaskCancelled, withoutStack } from '../base/errors.js';
import { taskTitle } from '../base/printable.js';
import type { Effect } from '../kernel/effect.js';
import { reconsiderStops } from '../kernel/graceful-stop.js';
import { effectKind, makeEffect } from '../kernel/kind.js';
import { adoptResult, type Body } from '../kernel/operation.js';
import type { Scope } from '../kernel/scope.js';
import type { Engine, Task, TaskOwner, Wait } from '../kernel/task.js';
import { CANCELLED, FAILED, FINISHED } from '../kernel/task-state.js';
import { TaskHandle } from './task-handle.js';

/** The last parameter of a function that `start` or `startTask` runs. */
export interface TaskStatus<in V = void> {
  /** Says that the task is ready. To be called once. @throws Error when called twice. */
  started(value: V): void;
}

/** For calling such a function without `start`: ignores that it is ready. */
export const TASK_STATUS_IGNORED: TaskStatus<unknown> = Object.freeze({ started() {} });

/** The group, as a task being started sees it. */
interface Target extends TaskOwner {
  readonly cancelScope: Scope;
  checkOpen(): void;
  hold(): void;
  release(): void;
  addError(error: unknown, task: Task): void;
}

interface StartRequest {
  readonly fn: Body<unknown[], unknown>;
  readonly args: readonly unknown[];
  readonly name: string | undefined;
  /** The caller wants the handle, not the value. */
  readonly wantsHandle: boolean;
}

class Starting implements Wait, TaskOwner, TaskStatus<unknown> {
  readonly hostTask: Task;
  readonly loop: Engine;
  private readonly target: Target;
  private readonly wantsHandle: boolean;
  private child: Task | null = null;
  private isStarted = false;
  private value: unknown = undefined;
  /** Set when the caller was cancelled while it waited: it gets this, or what takes its place. */
  private cancelled: Cancelled | null = null;

  constructor(caller: Task, target: Target, wantsHandle: boolean) {
    this.hostTask = caller;
    this.loop = caller.loop;
    this.target = target;
    this.wantsHandle = wantsHandle;
  }

  launch(child: Task): void {
    this.child = child;
    this.cancelled = this.hostTask.scope.effective; // not before: calling `fn` may have cancelled the caller
    this.target.hold();
    this.hostTask.park(this);
    child.launch(this.hostTask.scope, this.loop);
    if (this.isStarted) this.handOver(child); // a plain function may have called started() before there was a task
  }

  started(value: unknown): void {
    if (this.isStarted) throw new Error('started() was called twice: a task is ready once');
    if (this.child?.hasEnded === true) throw new Error('started() was called after the task had ended');
    this.isStarted = true;
    this.value = value;
    if (this.child !== null) this.handOver(this.child);
  }

  abort(_task: Task, cancelled: Cancelled): boolean {
    this.cancelled = cancelled;
    return false;
  }

  describe(): string {
    return `start(): task ${this.child?.name} (#${this.child?.id}) has not called started()`;
  }

  blockers(): readonly Task[] {
    return this.child === null ? [] : [this.child];
  }

  /** The child has ended while it still belonged to the caller. */
  taskEnded(child: Task): void {
    const { hostTask: caller, target } = this;
    if (this.cancelled !== null) {
      // The caller always gets its Cancelled, so an error of the child's goes to the group: none is lost.
      if (child.state === FAILED) target.addError(child.value, child);
      caller.wakeThrowing(caller.scope.effective ?? this.cancelled);
    } else if (child.state === FAILED || (child.state === CANCELLED && child.value !== child.own)) {
      caller.wakeThrowing(child.value);
    } else {
      const path = taskTitle(child);
      const error = withoutStack(() =>
        child.state === FINISHED
          ? new Error(
              `${path} returned before it called started(): start() waits for that call; use startSoon() if there is none`,
            )
          : new TaskCancelled(`${path} was cancelled before it called started()`, { cause: child.value }),
      );
      caller.wakeThrowing(announce(error));
    }
    target.release();
  }

  private handOver(child: Task): void {
    if (this.cancelled !== null) return;
    child.owner = this.target;
    child.moveTo(this.target.cancelScope);
    reconsiderStops();
    if (this.wantsHandle) {
      const extra = child.more();
      extra.isStarted = true;
      extra.startValue = this.value;
    }
    this.hostTask.wake(this.wantsHandle ? child : this.value);
  }
}

const START = effectKind<Target, StartRequest>({
  name: 'start',
  perform(task, loop, effect) {
    const { a: target, b: request } = effect;
    target.checkOpen();
    if (target.hostTask?.loop !== loop) {
      throw new TypeError(
        'start() was called on a task group of another run, whose loop its caller does not belong to; ' +
          'use startSoon() or createTask() of that group, or a portal of that run',
      );
    }
    const starting = new Starting(task, target, request.wantsHandle);
    const operation = request.fn(...request.args, starting);
    const where = request.wantsHandle ? 'startTask()' : 'start()';
    const iterator = adoptResult(operation, request.fn, where);
    const context = task.context === null ? null : task.context.snapshot;
    starting.launch(TaskHandle.make(loop, iterator, request.name ?? request.fn, starting, context));
    return false;
  },
  describe: (effect) => `start ${effect.b.name ?? effect.b.fn.name}`,
});

/** The effect behind `TaskGroup.start` and `startTask`. */
export function startEffect<T>(
  target: Target,
  fn: Body<unknown[], unknown>,
  args: readonly unknown[],
  name: string | undefined,
  wantsHandle: boolean,
): Effect<T> {
  return makeEffect<T, Target, StartRequest>(START, target, { fn, args, name, wantsHandle });
}

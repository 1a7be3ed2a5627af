/** The handle of a task under supervision: one task that may run its function several times. */
import { describe } from '../base/durations.js';
import { TaskFailed } from '../base/errors.js';
import { taskTitle } from '../base/printable.js';
import type { Effect, Operation } from '../kernel/effect.js';
import type { TaskHandle, TaskStatusName } from '../tasks/task-handle.js';

/** What the supervisor tells the handle. */
export interface Progress {
  /** How often the function has been started anew. */
  restarts: number;
  /** The error that ended it for good, if one did. */
  failure: { readonly error: unknown } | null;
}

/**
 * Reads like a task handle. Its task goes on while the function is restarted, and has ended when it has
 * returned, was cancelled, or failed for good.
 */
export class SupervisedTask<out T> implements Operation<T> {
  private readonly handle: TaskHandle<T>;
  private readonly progress: Progress;

  /** @internal */
  constructor(handle: TaskHandle<T>, progress: Progress) {
    this.handle = handle;
    this.progress = progress;
  }

  get id(): number {
    return this.handle.id;
  }

  get name(): string {
    return this.handle.name;
  }

  /** How often the function has been started anew. */
  get restarts(): number {
    return this.progress.restarts;
  }

  get status(): TaskStatusName {
    const { status } = this.handle;
    return status === 'finished' && this.progress.failure !== null ? 'failed' : status;
  }

  /**
   * What the function returned.
   *
   * @throws TaskNotFinished while the task runs.
   * @throws TaskCancelled if it was cancelled, TaskFailed if it failed for good; `cause` is its error.
   */
  get returnValue(): T {
    const { failure } = this.progress;
    if (failure !== null && this.handle.status === 'finished') {
      const { error } = failure;
      const what = error instanceof Error ? `${error.name}: ${error.message}` : describe(error);
      throw new TaskFailed(`${taskTitle(this)} has no result: it failed with ${what}`, {
        cause: error,
      });
    }
    return this.handle.returnValue;
  }

  /**
   * The error that ended the task for good; undefined if it returned.
   *
   * @throws TaskNotFinished while the task runs.
   * @throws TaskCancelled if it was cancelled.
   */
  get exception(): unknown {
    return this.handle.exception ?? this.progress.failure?.error;
  }

  /** Cancels this task alone, also while it waits to be restarted. Not a checkpoint. */
  cancel(reason?: unknown): void {
    this.handle.cancel(reason);
  }

  /** Waits for the end of the task, however it ends. A checkpoint. */
  wait(this: this): Effect<void> {
    return this.handle.wait();
  }

  /** `yield* task`: its return value, or TaskFailed / TaskCancelled. */
  *[Symbol.iterator](): Generator<Effect<unknown>, T, unknown> {
    yield* this.handle.wait();
    return this.returnValue;
  }
}

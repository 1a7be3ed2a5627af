/**
 * A task that does what callbacks of the host ask for, one thing after the other, until it is dismissed: behind each
 * stream that Treadle gives to the host. It belongs to a task group, so it ends with it, and keeps it open until then.
 *
 *     host callback ── ask(work) ──▶ jobs ──▶ the servant runs work() ──▶ the promise settles
 *
 * An error of the work goes to who asked for it, and to nobody else. When the group is cancelled, the work under way is
 * too, and `onCancelled` is told, so that the host's stream fails at once and not at its next request.
 */
import { isCancelled } from '../base/cancelled.js';
import { checkMethods } from '../base/options.js';
import type { Coroutine, Operation } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';

interface Job {
  readonly work: () => Operation<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface ServantOptions {
  readonly name: string;
  /** The servant's task was cancelled, and not because it was dismissed. */
  onCancelled(error: Error): void;
  /** Runs at the very end, however that came; in a cancelled scope if it was cancelled. */
  cleanUp(): Operation<unknown>;
}

/** Refuses a group that is none, where it was passed. */
export function checkGroup(tg: unknown, what: string): void {
  checkMethods(tg, ['createTask'], `${what} takes the task group in which it works`);
}

export class Servant {
  private readonly jobs: Job[] = [];
  private readonly options: ServantOptions;
  private readonly handle: TaskHandle<void>;
  /** Wakes the servant, which has nothing to do; null while it works. */
  private wake: (() => void) | null = null;
  private isDismissed = false;
  private isWorking = false;
  /** What ended the servant's service: later requests get it. */
  private ending: unknown = null;

  constructor(tg: TaskGroup, options: ServantOptions) {
    this.options = options;
    this.handle = tg.createTask(this.serve(), { name: options.name });
  }

  /** Has `work` done, after what was asked for before. May be called from anywhere. */
  ask<T>(work: () => Operation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.ending !== null || this.isDismissed) {
        reject(this.ending ?? new Error(`${this.options.name}: the stream has been closed`));
        return;
      }
      this.jobs.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.wake?.();
    });
  }

  /** Ends the service: what is under way is cancelled. May be called from anywhere, more than once. */
  dismiss(): void {
    if (this.isDismissed) return;
    this.isDismissed = true;
    if (this.isWorking) this.handle.cancel('the stream has been closed by its user');
    else this.wake?.();
  }

  private *serve(): Coroutine<void> {
    try {
      while (!this.isDismissed) {
        const job = this.jobs.shift();
        if (job === undefined) yield* this.rest();
        else yield* this.perform(job);
      }
    } catch (error) {
      this.ending = error;
      if (!this.isDismissed) this.options.onCancelled(error as Error);
      throw error;
    } finally {
      this.ending ??= new Error(`${this.options.name}: the stream has been closed`);
      for (const job of this.jobs.splice(0)) job.reject(this.ending);
      yield* this.options.cleanUp();
    }
  }

  private *perform({ work, resolve, reject }: Job): Coroutine<void> {
    this.isWorking = true;
    try {
      resolve(yield* work());
    } catch (error) {
      reject(error);
      if (isCancelled(error)) throw error;
    } finally {
      this.isWorking = false;
    }
  }

  private rest() {
    return suspend<void>(
      (resume) => {
        this.wake = () => {
          this.wake = null;
          resume();
        };
        return () => {
          this.wake = null;
        };
      },
      { description: `${this.options.name}: waits to be asked` },
    );
  }
}

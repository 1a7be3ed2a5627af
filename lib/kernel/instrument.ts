/**
 * Hooks into the life of tasks, for tracing, profiling and debugging. A loop without instruments pays one test
 * per hook. A hook that throws is dropped, with the rest of its instrument, and reported; it never harms the run.
 *
 *     spawn ─▶ schedule ─▶ stepStart ─▶ suspend ─▶ stepEnd ─▶ schedule ─▶ stepStart ─▶ … ─▶ exit ─▶ stepEnd
 *                                                  (cancel: a cancellation reaches the task)
 */
import type { Effect } from './effect.js';

/** What may be known of a task. */
export interface TaskInfo {
  readonly id: number;
  readonly name: string;
  /** The task whose group it belongs to; undefined for the main task of a run. */
  readonly parentId: number | undefined;
}

export interface Instrument {
  /** The task exists; it has not run. */
  spawn?(task: TaskInfo): void;
  /** The task is in the ready queue. */
  schedule?(task: TaskInfo): void;
  stepStart?(task: TaskInfo): void;
  stepEnd?(task: TaskInfo): void;
  /** The task has yielded this effect and now waits for it. */
  suspend?(task: TaskInfo, effect: Effect<unknown>): void;
  /**
   * A cancellation has reached the task: the checkpoints of the cancelled scope throw from now on, the present one
   * included. (A task that waits for the end of its group is told too, though that wait does not throw: rule G3.)
   */
  cancel?(task: TaskInfo): void;
  /** The task has ended, one way or another. */
  exit?(task: TaskInfo): void;
}

/** The instruments of a loop, called in the order given. */
export class Instruments {
  private readonly list: Instrument[];

  constructor(list: readonly Instrument[]) {
    this.list = [...list];
  }

  spawn(task: TaskInfo): void {
    this.tell('spawn', task);
  }

  schedule(task: TaskInfo): void {
    this.tell('schedule', task);
  }

  stepStart(task: TaskInfo): void {
    this.tell('stepStart', task);
  }

  stepEnd(task: TaskInfo): void {
    this.tell('stepEnd', task);
  }

  suspend(task: TaskInfo, effect: Effect<unknown>): void {
    for (const instrument of [...this.list]) {
      try {
        instrument.suspend?.(task, effect);
      } catch (error) {
        this.drop(instrument, 'suspend', error);
      }
    }
  }

  cancel(task: TaskInfo): void {
    this.tell('cancel', task);
  }

  exit(task: TaskInfo): void {
    this.tell('exit', task);
  }

  private tell(hook: Exclude<keyof Instrument, 'suspend'>, task: TaskInfo): void {
    for (const instrument of [...this.list]) {
      try {
        instrument[hook]?.(task);
      } catch (error) {
        this.drop(instrument, hook, error);
      }
    }
  }

  private drop(instrument: Instrument, hook: keyof Instrument, error: unknown): void {
    const index = this.list.indexOf(instrument);
    if (index < 0) return; // dropped already: a hook of its own, called from within this one, threw first
    this.list.splice(index, 1);
    console.error(
      `treadle: the instrument's ${hook} hook threw; the instrument is dropped, the run goes on.`,
      error,
    );
  }
}

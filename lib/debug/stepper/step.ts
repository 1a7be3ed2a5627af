/** What one step of a stepper was. */
import type { TaskInfo } from '../../kernel/instrument.js';
import type { SourceLocation } from '../source/source-location.js';

export interface Step {
  /** From 1. `goTo(index)` comes back to the moment after it. */
  readonly index: number;
  readonly task: TaskInfo;
  /** What the coroutine was resumed with. */
  readonly resumed: { readonly kind: 'value' | 'error'; readonly value: unknown };
  readonly kind: 'yielded' | 'returned' | 'threw';
  /** The effect that was yielded, the value that was returned, the error that was thrown. */
  readonly value: unknown;
  /** The effect in words: 'sleep(300)'; undefined unless one was yielded. */
  readonly effect: string | undefined;
  /** How many coroutines of the task wait below the one that ran: 0 for the one that the task was spawned with. */
  readonly depth: number;
  /** The generator function that ran, by its name; '' if it has none. */
  readonly function: string;
  /**
   * Where it stands now: at its yield, or for a coroutine that has ended where it was declared. Looking it up takes
   * long, so of the steps that a motion passes over it is undefined; go there to see it.
   */
  readonly location: SourceLocation | undefined;
  /** Milliseconds on the clock of the run. */
  readonly time: number;
  /** The tasks that came into being since the step before. */
  readonly spawned: readonly TaskInfo[];
  /** The tasks that a cancellation has reached since the step before: by this step, or by a timer ahead of it. */
  readonly cancelled: readonly TaskInfo[];
  /** The tasks that have ended in this step. */
  readonly ended: readonly TaskInfo[];
}

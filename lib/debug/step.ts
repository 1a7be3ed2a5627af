/** What one step of a stepper was. */
import type { TaskInfo } from '../kernel/instrument.js';
import type { SourceLocation } from './source-location.js';

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
  /** Frames of the task above its own coroutine, after the step: 0 in the function that it was spawned with. */
  readonly depth: number;
  /** The generator function that ran, by its name. */
  readonly function: string;
  /** Where it stands now: at its yield, or for a coroutine that has ended where it was declared. */
  readonly location: SourceLocation | undefined;
  /** Milliseconds on the clock of the run. */
  readonly time: number;
}

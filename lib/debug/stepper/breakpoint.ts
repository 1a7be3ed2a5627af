/** Where a stepper is to stop. */
import type { Step } from './step.js';

/** All conditions given must hold; the stepper stops after the step that fulfils them. */
export interface BreakpointConditions {
  /** A task's name or id. */
  readonly task?: string | number | RegExp;
  /** The name of the generator function that ran. */
  readonly function?: string | RegExp;
  /** The kind of the effect that was yielded: 'sleep', 'lock.acquire'; or the effect in words: 'sleep(300)'. */
  readonly effect?: string | RegExp;
  /** The end of a source path, in whole names. */
  readonly file?: string;
  /**
   * A stepper stops where a coroutine yields, and where a generator function is entered. A line with neither stands
   * for the next one that has either; one after the last of them is refused, if the file is loaded by then.
   */
  readonly line?: number;
  /**
   * Something happened since the step before: a cancellation reached a task, a task was spawned, a coroutine threw
   * (something else than a Cancelled), a task ended. `task` then may be the one that it happened to. Or the step has
   * entered a coroutine: with `function`, one of that function.
   */
  readonly on?: 'cancel' | 'spawn' | 'error' | 'exit' | 'enter';
  /** Asked last, when all the others hold; beside it there must be another one. */
  readonly when?: (step: Step) => boolean;
}

/**
 * 'app.ts:12' is a source line, any other string the name of a task or of a function; a handle (or anything else
 * with an `id`) is a task; a function is asked after each step.
 */
export type Breakpoint = string | BreakpointConditions | { readonly id: number } | ((step: Step) => boolean);

/** The breakpoints of a stepper: what is added is checked at once. */
export interface Breakpoints extends Set<Breakpoint> {
  /** The line at which a breakpoint on a source line stops: the next one that can, if its own cannot. */
  lineOf(breakpoint: Breakpoint): number | undefined;
}

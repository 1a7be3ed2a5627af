/** Where a stepper is to stop. */
import type { Step } from './step.js';

/** All conditions given must hold; the stepper stops after the step that fulfils them. */
export interface BreakpointConditions {
  /** A task's name or id. */
  readonly task?: string | number | RegExp;
  /** The name of the generator function that ran. */
  readonly function?: string | RegExp;
  /** The kind of the effect that was yielded: 'sleep', 'lock.acquire'. */
  readonly effect?: string | RegExp;
  /** The end of a source path. */
  readonly file?: string;
  readonly line?: number;
  /** Something happened during the step: a cancellation reached a task, a task was spawned, a coroutine threw. */
  readonly on?: 'cancel' | 'spawn' | 'error' | 'exit';
}

/**
 * 'app.ts:12' is a source line, any other string the name of a task or of a function; a handle (or anything else
 * with an `id`) is a task; a function is asked after each step.
 */
export type Breakpoint = string | BreakpointConditions | { readonly id: number } | ((step: Step) => boolean);

/**
 * The motions of a stepper: when each of them is over. A motion is asked after every step that is taken; the loop goes
 * on until it says stop, or to the end of the run.
 */
import type { Coroutine } from '../../kernel/effect.js';
import type { Task } from '../../kernel/task.js';
import type { Breakpoint } from './breakpoint.js';
import type { BreakpointSet, Condition, Moment } from './breakpoints.js';

/** What a motion sees of the run, after a step. */
export interface Progress extends Moment {
  /** Who has taken the step. */
  readonly ranTask: Task;
  /** Whether a coroutine is still one of the task's, running or waiting for another one. */
  isOnStack(coroutine: Coroutine<unknown>, task: Task): boolean;
  /** The breakpoints that stop the motion before its own end. */
  holding: readonly Breakpoint[];
}

export interface Motion {
  /** Asked after each step. */
  stops(progress: Progress): boolean;
  /** Some condition asks where the task has arrived. */
  readonly needsPlaces: boolean;
  /** Who is to take the first step, out of turn. */
  readonly chosen?: Task;
}

/** Where the last step was: what stepping over and out goes by. */
export interface Standpoint {
  readonly task: Task;
  readonly depth: number;
  /** The coroutine that ran, or if it has ended the one that goes on in its place; null if the task has ended. */
  readonly coroutine: Coroutine<unknown> | null;
}

export const ONE_STEP: Motion = { needsPlaces: false, stops: () => true };

export function oneStepOf(chosen: Task): Motion {
  return { ...ONE_STEP, chosen };
}

export function untilCondition(condition: Condition): Motion {
  return { needsPlaces: condition.needsPlaces, stops: (progress) => condition.holds(progress) };
}

/** Until the task yields where it stands now or further down its stack, or has ended. */
export function over({ task, depth }: Standpoint): Motion {
  return {
    needsPlaces: false,
    stops: ({ step, ranTask }) =>
      ranTask === task && ((step.kind === 'yielded' && step.depth <= depth) || task.hasEnded),
  };
}

/** Until the coroutine has ended. */
export function out({ task, coroutine }: Standpoint): Motion {
  return {
    needsPlaces: false,
    stops: (progress) =>
      progress.ranTask === task &&
      (task.hasEnded || coroutine === null || !progress.isOnStack(coroutine, task)),
  };
}

/** To the end. */
export const ON: Motion = { needsPlaces: false, stops: () => false };

/** The motion, or until a breakpoint holds. */
export function withBreakpoints(motion: Motion, breakpoints: BreakpointSet): Motion {
  const conditions = [...breakpoints.conditions];
  if (conditions.length === 0) return motion;
  return {
    ...motion,
    needsPlaces: motion.needsPlaces || conditions.some(([, { needsPlaces }]) => needsPlaces),
    stops: (progress) => {
      if (motion.stops(progress)) return true;
      progress.holding = conditions.flatMap(([breakpoint, { holds }]) =>
        holds(progress) ? [breakpoint] : [],
      );
      return progress.holding.length > 0;
    },
  };
}

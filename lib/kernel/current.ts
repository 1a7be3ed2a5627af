/** The one mutable cell of the module: which loop is taking a turn right now. Turns of several loops may nest. */
import { describe } from '../base/durations.js';
import { NoEventLoopError } from '../base/errors.js';
import { taskTitle } from '../base/printable.js';
import type { Engine, Task } from './task.js';

export let currentLoop: Engine | null = null;

/** Makes `loop` the current one and gives back the one before, for the caller to restore. */
export function setCurrentLoop(loop: Engine | null): Engine | null {
  const previous = currentLoop;
  currentLoop = loop;
  return previous;
}

/** The task that is being stepped, or null outside of any. */
export function taskInStep(): Task | null {
  return currentLoop === null ? null : currentLoop.task;
}

/** The task that is being stepped. @throws NoEventLoopError outside of any; `what` names the function called. */
export function requireTask(what: string): Task {
  const task = taskInStep();
  if (task === null) {
    throw new NoEventLoopError(
      `${what} works only inside a running task; call it from a coroutine that run() drives, not from a plain callback`,
    );
  }
  return task;
}

/** " by task main (#1)", for the message of a Cancelled. */
export function byWhom(): string {
  const task = taskInStep();
  return task === null ? ' from outside of any task' : ` by ${taskTitle(task)}`;
}

/** ": the reason", for the message of a Cancelled. */
export function because(reason: unknown): string {
  if (reason === undefined) return '';
  return `: ${typeof reason === 'string' ? reason : describe(reason)}`;
}

/** The mistakes that one can make with what only some task may hold or set. See `base/errors.ts` for the form. */
import { nameErrors } from '../base/errors.js';
import { printable, taskTitle } from '../base/printable.js';
import type { TaskInfo } from '../kernel/instrument.js';
import { Task } from '../kernel/task.js';

/** Something was released, notified or waited on by a task that does not hold it. The message says who does. */
export class NotHeldError extends Error {
  static {
    nameErrors(NotHeldError, 'NotHeldError');
  }
}

/** A task asked for what it holds already: it would wait for itself, for ever. */
export class AlreadyHeldError extends Error {
  static {
    nameErrors(AlreadyHeldError, 'AlreadyHeldError');
  }
}

/** A future that has its result, or was cancelled, was given another one. */
export class AlreadySetError extends Error {
  static {
    nameErrors(AlreadySetError, 'AlreadySetError');
  }
}

/** 'lock "db"', or 'lock' if it has no name: for task dumps and deadlock reports. */
export function titled(what: string, name: string | undefined): string {
  return name === undefined ? what : `${what} "${printable(name)}"`;
}

/** "task worker (#3)", for messages. */
export function named(task: TaskInfo | null): string {
  return task === null ? 'code outside of any task' : taskTitle(task);
}

/** Whether a borrower or holder is a task that has not ended: one that can still give back what it holds. */
export function isLiveTask(holder: unknown): holder is Task {
  return holder instanceof Task && !holder.hasEnded;
}

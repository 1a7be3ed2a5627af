/** The mistakes that one can make with what only some task may hold or set. See `base/errors.ts` for the form. */
import type { TaskInfo } from '../kernel/instrument.js';

/** Something was released, notified or waited on by a task that does not hold it. The message says who does. */
export class NotHeldError extends Error {
  override get name(): string {
    return 'NotHeldError';
  }
}

/** A task asked for what it holds already: it would wait for itself, for ever. */
export class AlreadyHeldError extends Error {
  override get name(): string {
    return 'AlreadyHeldError';
  }
}

/** A future that has its result, or was cancelled, was given another one. */
export class AlreadySetError extends Error {
  override get name(): string {
    return 'AlreadySetError';
  }
}

/** "task worker (#3)", for messages. */
export function named(task: TaskInfo | null): string {
  return task === null ? 'code outside of any task' : `task ${task.name} (#${task.id})`;
}

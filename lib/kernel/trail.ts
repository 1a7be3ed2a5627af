/**
 * Where a task was spawned, written into the errors that leave it. A stack at each spawn would cost more than
 * the spawn; the names of the tasks up to the run cost nothing until an error leaves one.
 */
import { printable } from '../base/printable.js';
import { TRAIL } from '../base/stack-text.js';

/** A task, as its path sees it. */
export interface PathNode {
  readonly id: number;
  readonly name: string;
  /** Its `hostTask` is the task whose group this one belongs to; null for the main task of a run. */
  readonly owner: { readonly hostTask: PathNode | null };
}

/** Tasks in a path: recursion through groups makes deep trees, and each of them may fail. */
const LONGEST_PATH = 12;
const MARK = `\n${TRAIL}`;

/**
 * Adds a line per task to the error's stack, innermost first, once per error:
 *
 *     Error: no such user
 *         at fetchUser (app.ts:12:9)
 *         in task fetchUser (#3), spawned by task main (#1)
 */
export function leaveTrail(error: unknown, task: PathNode): void {
  if (!(error instanceof Error) || Object.isFrozen(error)) return;
  try {
    const stack = error.stack;
    if (typeof stack === 'string' && !stack.includes(MARK)) error.stack = `${stack}${MARK}${taskPath(task)}`;
  } catch {
    // An error whose stack cannot be read or written goes without: it must not be replaced by another one.
  }
}

/** "fetchUser (#3), spawned by task main (#1)". */
export function taskPath(task: PathNode): string {
  let path = `${printable(task.name)} (#${task.id})`;
  let length = 1;
  for (let above: PathNode | null = task.owner.hostTask; above !== null; above = above.owner.hostTask) {
    if (length++ === LONGEST_PATH) return `${path}, spawned further up`;
    path += `, spawned by task ${printable(above.name)} (#${above.id})`;
  }
  return path;
}

/** How a task comes to be ready: by a cancellation, or otherwise. */
import { Cancelled } from '../../base/cancelled.js';
import type { Task } from '../../kernel/task.js';
import { THROWING } from '../../kernel/task-state.js';

/** The task is woken by the cancellation of a scope that it is in. */
export function isCancelling({ state, value, scope }: Task): boolean {
  return state === THROWING && value instanceof Cancelled && value === scope.effective;
}

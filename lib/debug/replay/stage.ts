/** Cancellations that came from outside of a run, done again. */
import { Cancelled } from '../../base/cancelled.js';
import type { CancelScope } from '../../kernel/cancel-scope.js';
import type { Scope } from '../../kernel/scope.js';
import type { Task } from '../../kernel/task.js';
import type { ReplayOutside } from './outside.js';
import type { Between } from './recording.js';

/** What a replay does to what it replays in. */
export interface Stage {
  /** The signal of the run aborted. */
  abort(reason: unknown): void;
  /** The clock of the run has come to this time. */
  timeIs?(time: number): void;
}

/** Cancels the scope of `task` that was cancelled. False: it has no such scope. */
export function cancelAs(
  [, , , , depth, message, reason]: Extract<Between, readonly ['cancel', ...unknown[]]>,
  task: Task | undefined,
  outside: ReplayOutside,
): boolean {
  let scope: Scope | null = task?.scope ?? null;
  for (let left = depth; left > 0 && scope !== null; left--) scope = scope.parent;
  if (scope === null) return false;
  (scope as CancelScope).cancelBecause(
    Cancelled.create(message, outside.decode(reason, 'the reason'), scope),
  );
  return true;
}

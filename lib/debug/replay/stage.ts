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
  /** The run was cancelled as main() does when the process receives a signal. True: that has been seen to. */
  receive?(signal: string): boolean;
}

/** Cancels the scope of `task` that was cancelled. False: it has no such scope. */
export function cancelAs(
  [, , , , depth, message, reason]: Extract<Between, readonly ['cancel', ...unknown[]]>,
  task: Task | undefined,
  stage: Stage,
  outside: ReplayOutside,
): boolean {
  const signal = /received (SIG\w+)$/.exec(message)?.[1];
  if (task?.id === 1 && signal !== undefined && stage.receive?.(signal) === true) return true;
  let scope: Scope | null = task?.scope ?? null;
  for (let left = depth; left > 0 && scope !== null; left--) scope = scope.parent;
  if (scope === null) return false;
  (scope as CancelScope).cancelBecause(
    Cancelled.create(message, outside.decode(reason, 'the reason'), scope),
  );
  return true;
}

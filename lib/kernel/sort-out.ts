/** Which errors are cancellations on their way, and which are errors. */
import { Cancelled } from '../base/cancelled.js';
import { ExceptionGroup } from '../base/exception-group.js';
import type { Scope } from './scope.js';

/**
 * What an error that leaves a task or the body of a group amounts to: a Cancelled if it is one on its way to its
 * scope, which is `scope` or above, else an error. Out of an exception group that a user made the cancellations
 * are left out; one of nothing else is a cancellation.
 */
export function sortOut(error: unknown, scope: Scope | null): unknown {
  if (error instanceof Cancelled) return isLive(error, scope) ? error : staleCancelled(error);
  if (!(error instanceof ExceptionGroup)) return error;
  const rest = error.without((leaf) => leaf instanceof Cancelled && isLive(leaf, scope));
  if (rest === undefined) return scope?.effective ?? error.leaves()[0];
  return rest.replaced((leaf) => (leaf instanceof Cancelled ? staleCancelled(leaf) : leaf));
}

/** Whether a Cancelled belongs to `scope` or one above it, that is, whether it is on its way to its own scope. */
export function isLive(cancelled: Cancelled, scope: Scope | null): boolean {
  if (scope !== null && scope.effective === cancelled) return true; // the usual case, without the walk
  for (let node = scope; node !== null; node = node.parent) if (node.own === cancelled) return true;
  return false;
}

/** What a Cancelled becomes when it is thrown where nothing is cancelled (rule C11). */
function staleCancelled(cancelled: Cancelled): Error {
  return new Error(
    'a Cancelled was thrown outside of the scope that it belongs to, where nothing is cancelled: it was kept, or came ' +
      "by the promise of a run or of a portal's task that was cancelled; catch it where it comes from, and to cancel " +
      `something here cancel a scope (it was: ${cancelled.message})`,
    { cause: cancelled },
  );
}

/** Telling cancellation from errors, in helpers that catch. */
import { Cancelled } from '../base/cancelled.js';
import { ExceptionGroup } from '../base/exception-group.js';

/**
 * True for a Cancelled, and for an exception group with one in it: such a group is on its way to the scope that
 * was cancelled, which takes its part out, and must not be held up.
 */
export function isCancellation(error: unknown): boolean {
  if (error instanceof Cancelled) return true;
  return error instanceof ExceptionGroup && error.leaves().some((leaf) => leaf instanceof Cancelled);
}

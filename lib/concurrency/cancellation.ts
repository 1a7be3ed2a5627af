/** Telling cancellation from errors, in helpers that catch. */
import { Cancelled } from '../base/cancelled.js';
import { ExceptionGroup } from '../base/exception-group.js';
import { requireTask } from '../kernel/current.js';
import { isLive, sortOut } from '../kernel/sort-out.js';

/**
 * True for a Cancelled that is on its way to its scope, and for an exception group with one in it: the scope that was
 * cancelled takes its part out, and must not be held up. One that was kept and is thrown where nothing is cancelled is
 * an error like any other (rule C11).
 */
export function isCancellation(error: unknown): boolean {
  if (!(error instanceof Cancelled || error instanceof ExceptionGroup)) return false;
  const { scope } = requireTask('isCancellation()');
  const leaves = error instanceof Cancelled ? [error] : error.leaves();
  return leaves.some((leaf) => leaf instanceof Cancelled && isLive(leaf, scope));
}

/** The error with which an operation has failed, for who catches it; a cancellation is thrown on. */
export function failureOf(error: unknown): unknown {
  if (isCancellation(error)) throw error;
  return sortOut(error, null);
}

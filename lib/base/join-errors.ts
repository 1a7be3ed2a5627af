/** What is thrown where several things are done whatever becomes of the others, as in clean-up. */
import { Cancelled } from './cancelled.js';
import { withoutStack } from './errors.js';
import { ExceptionGroup } from './exception-group.js';

/**
 * One error as it is, several as a group. A cancellation gives way to errors, as in a task group.
 *
 * @param errors At least one, in the order in which they arose.
 * @param where For the message of the group: "2 errors in …".
 */
export function joinErrors(errors: readonly unknown[], where: string): unknown {
  const failures = errors.filter((error) => !isNothingButCancellation(error));
  if (failures.length === 0) return errors[0];
  if (failures.length === 1) return failures[0];
  return withoutStack(() => new ExceptionGroup(failures, `${failures.length} errors in ${where}`));
}

function isNothingButCancellation(error: unknown): boolean {
  const leaves = error instanceof ExceptionGroup ? error.leaves() : [error];
  return leaves.every((leaf) => leaf instanceof Cancelled);
}

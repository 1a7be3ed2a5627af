/** For the helpers that throw an error itself where a task group throws a group (rule R4). */
import { withoutStack } from '../base/errors.js';
import { ExceptionGroup } from '../base/exception-group.js';
import type { Coroutine, Operation } from '../kernel/effect.js';

/** Counts what happens here; a time to compare with. */
let now = 0;
/** When an error became the first of this group. */
const hungAt = new WeakMap<object, number>();

/**
 * Runs a task group; if it fails, throws its first error. The whole group stays reachable as the error's
 * non-enumerable `group`, as with `collapse`, so that errors that came later are not lost.
 */
export function* orFirstError<T>(group: Operation<T>): Coroutine<T> {
  const begun = ++now;
  try {
    return yield* group;
  } catch (failure) {
    if (!(failure instanceof ExceptionGroup)) throw failure; // Cancelled
    hang(failure, begun);
    throw failure.errors[0];
  }
}

/**
 * Makes a group the `group` of its first error. That error may have been the first of another helper's further in:
 * then the other's group takes its place in this one. One that hangs there since before this helper began is of
 * another time the same object was thrown, and gives way.
 */
function hang(failure: ExceptionGroup, begun: number): void {
  const [first, ...later] = failure.errors;
  if (typeof first !== 'object' || first === null || !Object.isExtensible(first)) return;
  let whole = failure;
  if (Object.hasOwn(first, 'group')) {
    const inner: unknown = (first as { group: unknown }).group;
    if (!(inner instanceof ExceptionGroup)) return; // the user's own
    if ((hungAt.get(inner) ?? 0) > begun) {
      if (later.length === 0) return;
      whole = withoutStack(() => new ExceptionGroup([inner, ...later], failure.message));
    }
  }
  hungAt.set(whole, ++now);
  const property = { value: whole, enumerable: false, configurable: true, writable: true };
  Object.defineProperty(first, 'group', property);
}

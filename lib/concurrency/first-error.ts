/** For the helpers that throw an error itself where a task group throws a group (rule R4). */
import { ExceptionGroup } from '../base/exception-group.js';
import type { Coroutine, Operation } from '../kernel/effect.js';

/**
 * Runs a task group; if it fails, throws its first error. The whole group stays reachable as the error's
 * non-enumerable `group`, as with `collapse`, so that errors that came later are not lost.
 */
export function* orFirstError<T>(group: Operation<T>): Coroutine<T> {
  try {
    return yield* group;
  } catch (failure) {
    if (!(failure instanceof ExceptionGroup)) throw failure; // Cancelled
    const first = failure.errors[0];
    if (typeof first === 'object' && first !== null && Object.isExtensible(first)) {
      const property = { value: failure, enumerable: false, configurable: true, writable: true };
      Object.defineProperty(first, 'group', property);
    }
    throw first;
  }
}

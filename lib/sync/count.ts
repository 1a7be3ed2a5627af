/** Checks of counts (permits, tokens, waiters), made where the caller passed them. */
import { describe } from '../base/durations.js';

/** A count is a whole number, 0 or more. `what` names the function and argument. */
export function checkCount(count: number, what: string): void {
  if (!(Number.isSafeInteger(count) && count >= 0)) refuse(count, what, 'a whole number, 0 or more');
}

/** A limit is a count, or Infinity for none. */
export function checkLimit(limit: number, what: string): void {
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    refuse(limit, what, 'a whole number, 0 or more, or Infinity');
  }
}

function refuse(value: unknown, what: string, rule: string): never {
  const message = `${what} must be ${rule}, not ${describe(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

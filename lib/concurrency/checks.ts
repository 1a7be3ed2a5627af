/** Checks of counts and shares, made where the caller passed them. `what` names the function and option. */
import { describe } from '../base/durations.js';
import { disown, isThenable } from '../base/thenable.js';
import { Effect } from '../kernel/effect.js';
import { isGenerator } from '../kernel/operation.js';

/** Refuses what is no number from `least` to `most`. */
export function checkNumber(value: unknown, what: string, least: number, most: number): void {
  const range = most === Number.MAX_VALUE ? `a finite number from ${least}` : `from ${least} to ${most}`;
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${describe(value)}`);
  if (!(value >= least && value <= most)) throw new RangeError(`${what} must be ${range}, not ${value}`);
}

/** Refuses what is no whole number from `least`, nor Infinity. */
export function checkCount(value: unknown, what: string, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${describe(value)}`);
  if (!(value >= least && (Number.isInteger(value) || value === Infinity))) {
    throw new RangeError(`${what} must be a whole number from ${least}, or Infinity, not ${value}`);
  }
}

/** Refuses what a callback gave that nobody waits for: a promise that may reject unseen, a coroutine that would never run. */
export function checkPlain(given: unknown, what: string): void {
  const isPromise = isThenable(given);
  if (!isPromise && !(given instanceof Effect) && !isGenerator(given)) return;
  disown(given);
  throw new TypeError(
    `${what} is a plain function, called and not waited for; it gave ${isPromise ? 'a promise' : 'an operation'}: ` +
      'have a task do what has to wait',
  );
}

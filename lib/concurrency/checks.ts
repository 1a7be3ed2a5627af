/** Checks of counts and shares, made where the caller passed them. `what` names the function and option. */
import { describe } from '../base/durations.js';

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

/** Checks of option objects, made where the caller passed them. */
import { describe } from './durations.js';

/** Refuses options that are no object, and a name that is no string. `what` is the call, as its user writes it. */
export function checkOptions(options: unknown, what: string): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`the options of ${what} are an object, not ${describe(options)}`);
  }
  const { name } = options as { name?: unknown };
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`the option name of ${what} is a string, not ${describe(name)}`);
  }
}

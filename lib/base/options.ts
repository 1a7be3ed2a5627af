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

/** Refuses an option that is none of the values it may have. `what` names it: "the option onCancel". */
export function checkChoice(value: unknown, choices: readonly string[], what: string): void {
  if (value === undefined || choices.includes(value as string)) return;
  const names = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new TypeError(`${what} is ${names}, not ${describe(value)}`);
}

/** Refuses what lacks one of the methods that will be called. `takes` says of the user's call what it takes. */
export function checkMethods(value: unknown, methods: readonly string[], takes: string): void {
  const candidate = value as Readonly<Record<string, unknown>> | null | undefined;
  if (methods.every((method) => typeof candidate?.[method] === 'function')) return;
  throw new TypeError(`${takes}, not ${describe(value)}`);
}

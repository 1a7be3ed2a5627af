/** Checks of times, made where the caller passed them (rule V3). `what` names the function and argument. */

function refuse(value: unknown, what: string, rule: string): never {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} must be a number of milliseconds (${rule}), not ${describe(value)}`);
  }
  throw new RangeError(`${what} must be ${rule}, not ${value}`);
}

/** A duration is a number of milliseconds, 0 or more; `Infinity` means for ever. */
export function checkDuration(ms: number, what: string): void {
  // Written so that NaN and non-numbers fail the first test too: one comparison on the good path.
  if (!(typeof ms === 'number' && ms >= 0)) refuse(ms, what, '0 or more, or Infinity');
}

/** A deadline is a time on the clock of `currentTime()`; it may lie in the past. `Infinity` means never. */
export function checkDeadline(deadline: number, what: string): void {
  if (!(typeof deadline === 'number' && !Number.isNaN(deadline))) {
    refuse(deadline, what, 'a time on the clock of currentTime(), or Infinity');
  }
}

/** Names a value in an error message. Whatever it is, also one whose own methods throw. */
export function describe(value: unknown): string {
  try {
    return describeOrThrow(value);
  } catch {
    return 'a value that cannot be shown';
  }
}

function describeOrThrow(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value === null) return 'null';
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (typeof value === 'string')
    return value.length > 40 ? `the string "${value.slice(0, 37)}…"` : `the string "${value}"`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object') return String(value);
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor
    ?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object of class ${name}`
    : 'an object';
}

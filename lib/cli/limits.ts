/** How much looking into a process may cost it: options of `ps` and `pstree`. */
import { InvalidArgumentError, Option } from 'commander';

/** Milliseconds from the start of the command: what comes after is done before two seconds have passed. */
const TIME_IN_ALL = 1100;
/** Milliseconds for looking, however long it has taken to get in. */
const LEAST_TIME = 300;
const HEAP = 64;

export interface Limits {
  /** Absent: what is left of the time that a user is to wait at most. */
  readonly timeLimit?: number;
  readonly heapLimit: number;
}

export function timeLimit(): Option {
  return new Option(
    '--time-limit <ms>',
    'after that no more source lines and variables are looked up; default: so that all is shown within two seconds',
  ).argParser(parseLimit);
}

export function heapLimit(): Option {
  return new Option(
    '--heap-limit <MB>',
    'of a larger heap, frames inside of native yield* are not searched for',
  )
    .default(HEAP)
    .argParser(parseLimit);
}

function parseLimit(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number, 0 or more.');
}

/** The limits as the inspection takes them. */
export function inspectLimits({ timeLimit, heapLimit }: Limits): {
  timeLimitMs: number;
  heapLimitMB: number;
} {
  // The clock of `performance` began with this process.
  const timeLimitMs = timeLimit ?? Math.max(LEAST_TIME, TIME_IN_ALL - performance.now());
  return { timeLimitMs, heapLimitMB: heapLimit };
}

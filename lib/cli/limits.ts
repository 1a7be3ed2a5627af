/** How much looking into a process may cost it: options of `ps` and `pstree`. */
import { InvalidArgumentError, Option } from 'commander';

/** Milliseconds. With what comes before and after, ten thousand tasks are shown within two seconds. */
const TIME = 1200;
const HEAP = 64;

export interface Limits {
  readonly timeLimit: number;
  readonly heapLimit: number;
}

export function timeLimit(): Option {
  return new Option('--time-limit <ms>', 'after that no more source lines and variables are looked up')
    .default(TIME)
    .argParser(parseLimit);
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
  return { timeLimitMs: timeLimit, heapLimitMB: heapLimit };
}

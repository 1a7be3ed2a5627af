/** A program for `cancelEverywhere`, and what it shows to be safe. */
import { type Coroutine, type Operation, sleep } from 'treadle';
import type { CancelEverywhereOptions, Trial } from 'treadle/testing';

export type Program = (trial: Trial) => Operation<unknown>;

export interface Case extends Pick<CancelEverywhereOptions, 'isExpected' | 'leaks'> {
  readonly name: string;
  /** The exported names that it shows to be safe; of a class also its methods: `Lock.acquire`. */
  readonly covers: readonly string[];
  readonly program: Program;
  /** Safe to cancel one task at a time too. Else: who waits for a task that was cancelled alone is told so, and fails. */
  readonly byTask?: boolean;
}

/** Opens something, works, and closes it whatever comes. */
export function* work(trial: Trial, ms: number): Coroutine<number> {
  const close = trial.opened(`work of ${ms} ms`);
  try {
    yield* sleep(ms);
    return ms;
  } finally {
    close();
  }
}

export function* fails(trial: Trial): Coroutine<never> {
  yield* work(trial, 2);
  throw new RangeError('an attempt that fails');
}

export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

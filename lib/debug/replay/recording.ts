/**
 * A recording: what came into the runs of a program from outside, in the order in which it came, and the steps that
 * the program took in between. It is a text of lines, each a JSON value, so that it can be written as it happens, and
 * what a crash leaves behind can still be read:
 *
 *     { "treadle": "recording", "version": 1, "node": "v22.1.0", … }   the first line
 *     ["source", "/home/me/app.ts", "9f86d08…"]                        a file of the program, and its hash
 *     ["run", 1, "the run", "main", 1021.5, false, "81b25e0…"]          a run begins; what follows says 1 for it
 *     ["function", 1, "fetchUser", "/home/me/app.ts", 12]              steps say 1 for it
 *     ["task", 1, 3, "fetchUser"]                                      task #3 of run 1
 *     ["step", 1, 3, "yielded", 1, "until((signal) => …)", [ … ]]      a coroutine of task #3 was resumed and yielded
 *     ["end", 1, 1027.1, 7, "value", { "id": 7 }]                      the 7th foreign wait of run 1 has ended
 *     ["fire", 1, 1027.4]                                              the clock was looked at, and timers were due
 *     ["over", 1, 1031.9, "value", 42]
 *
 * The list at the end of a step holds what came in while it was taken: the clock, random numbers, ends of waits. What
 * stands between two steps came between them. How each value is written: see `encode-value.ts`.
 */
import type { Json } from './encode-value.js';

export const VERSION = 1;

export interface Header {
  readonly treadle: 'recording';
  readonly version: number;
  readonly node?: string;
  /** Of the process that was recorded, from the program's file on. */
  readonly argv?: readonly string[];
  readonly cwd?: string;
  /** What its clocks showed when the recording began. */
  readonly began: { readonly date: number; readonly performance: number };
}

/** How something ended. */
export type How = 'value' | 'error';

/** What came in within a step. */
export type Inside =
  /** A reading: 'now' is the clock of the run, 'Math.random' what that gave. */
  | readonly ['read', what: string, value: Json]
  /** The starter of foreign wait `wait` has ended it, or thrown. */
  | readonly ['start', wait: number, how: How | 'threw', value: Json]
  /** A wait ended, or a task became ready, when the step had made `after` tasks ready. */
  | readonly ['end', after: number, wait: number, how: How, value: Json];

/** What came in between two steps, and when on the clock of the run. */
export type Between =
  | readonly ['fire', run: number, now: number]
  /** Nothing was ready, and those were called who wait for that. */
  | readonly ['rest', run: number, now: number]
  | readonly ['end', run: number, now: number, wait: number, how: How, value: Json]
  | readonly ['signal', run: number, now: number, reason: Json]
  /** The `depth`th scope of the task, from its innermost outwards, was cancelled. */
  | readonly ['cancel', run: number, now: number, task: number, depth: number, message: string, reason: Json]
  /** The host called a callback that the program had left with it; what came in during the call. */
  | readonly ['call', run: number, now: number, key: string, args: Json, inside: readonly Inside[]]
  /** A task was made ready by something else from outside: a new one, or one that waited, with what it was woken. */
  | readonly ['ready', run: number, now: number, task: number, how: How | 'new', value: Json];

/** How a foreign wait answered its cancellation; `ended` by its own abort function. */
export type AbortAnswer = 'gave up' | 'kept' | 'threw' | 'ended value' | 'ended error';

export type StepKind = 'yielded' | 'returned' | 'threw';

export type Line =
  | readonly ['source', file: string, hash: string]
  | readonly ['run', run: number, name: string, main: string, began: number, isBehind: boolean, hash: string]
  | readonly ['function', id: number, name: string, file: string | null, line: number]
  | readonly ['task', run: number, id: number, name: string]
  | readonly [
      'step',
      run: number,
      task: number,
      kind: StepKind,
      fn: number,
      words: string | null,
      inside?: readonly Inside[],
    ]
  | Between
  | readonly ['abort', run: number, wait: number, answer: AbortAnswer, value: Json]
  | readonly ['over', run: number, now: number, how: How, value: Json]
  /** A step that was never finished: the process ended in it. */
  | readonly ['unfinished', run: number, inside: readonly Inside[]]
  /** A reading outside of all steps. */
  | readonly ['outside', what: string, site: string, value: Json]
  /** The process ended with this exit code. */
  | readonly ['exit', code: number]
  /** The recording became too large. */
  | readonly ['cut'];

export interface RecordedFunction {
  readonly name: string;
  readonly file: string | undefined;
  readonly line: number;
}

/** Something between two steps. */
export interface RecordedBetween {
  readonly what: Between;
  /** The line of the recording: runs and steps stand there in their order. */
  readonly line: number;
}

export interface RecordedStep {
  readonly line: number;
  /** What came before it, since the step before. */
  readonly before: readonly RecordedBetween[];
  readonly inside: readonly Inside[];
  readonly task: number;
  readonly kind: StepKind;
  readonly fn: RecordedFunction;
  /** The effect in words; of an error, what it said. */
  readonly words: string | undefined;
}

/** A run that was recorded. */
export interface RecordedRun {
  readonly number: number;
  readonly name: string;
  /** The name of the function that it ran; '' if that has none. */
  readonly main: string;
  /** On its clock, in milliseconds. */
  readonly began: number;
  /**
   * Code behind an `await` began it while other runs were going on. At replay that code may not come so far: what it
   * waited for is not there.
   */
  readonly isBehind: boolean;
  /** Of the text of the function that it ran: which of several runs it was. */
  readonly hash: string;
  readonly steps: readonly RecordedStep[];
  /** What came after the last step. */
  readonly after: readonly RecordedBetween[];
  /** What came in while a step was taken that never ended. */
  readonly unfinished: readonly Inside[] | undefined;
  readonly aborts: ReadonlyMap<number, { readonly answer: AbortAnswer; readonly value: Json }>;
  readonly taskNames: ReadonlyMap<number, string>;
  readonly outcome: { readonly now: number; readonly how: How; readonly value: Json } | undefined;
}

export interface Recording {
  readonly header: Header;
  /** The hashes of the program's files. */
  readonly sources: ReadonlyMap<string, string>;
  /** In the order in which they began. */
  readonly runs: readonly RecordedRun[];
  /** What was read outside of all steps, by what it was and where: 'Date.now /home/me/app.ts:3:7'. */
  readonly background: ReadonlyMap<string, readonly Json[]>;
  /** What the process ended with, as far as that is known: a signal may have set it. */
  readonly exitCode: number | undefined;
  /** It became too large and was given up before its end. */
  readonly isCut: boolean;
}

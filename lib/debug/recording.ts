/**
 * A recording: what came into the runs of a program from outside, in the order in which it came, and the steps that
 * the program took in between. It is a text of lines, each a JSON value, so that it can be written as it happens, and
 * what a crash leaves behind can still be read:
 *
 *     { "treadle": "recording", "version": 1, "node": "v22.1.0", … }   the first line
 *     ["source", "/home/me/app.ts", "9f86d08…"]                        a file of the program, and its hash
 *     ["run", 1, "the run", "main", 1021.5]                            a run begins; what follows says 1 for it
 *     ["function", 1, "fetchUser", "/home/me/app.ts", 12]              steps say 1 for it
 *     ["task", 1, 3, "fetchUser"]                                      task #3 of run 1
 *     ["step", 1, 3, "yielded", 1, "until((signal) => …)", [ … ]]      a coroutine of task #3 was resumed and yielded
 *     ["end", 1, 7, "value", { "id": 7 }]                              the 7th foreign wait of run 1 has ended
 *     ["fire", 1, 1027.4]                                              the clock was looked at, and timers were due
 *     ["over", 1, "value", 42]
 *
 * The list at the end of a step holds what came in while it was taken: the clock, random numbers, ends of waits. What
 * stands between two steps came between them. How each value is written: see `record-value.ts`.
 */
import type { Json } from './record-value.js';

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

/** What came in between two steps. */
export type Between =
  | readonly ['fire', run: number, now: number]
  | readonly ['end', run: number, wait: number, how: How, value: Json]
  | readonly ['signal', run: number, reason: Json]
  /** The `depth`th scope of the task, from its innermost outwards, was cancelled. */
  | readonly ['cancel', run: number, task: number, depth: number, message: string, reason: Json]
  /** The host called a callback that the program had left with it; what came in during the call. */
  | readonly ['call', run: number, key: string, args: Json, inside: readonly Inside[]]
  /** A task was made ready by something else from outside: a new one, or one that waited, with what it was woken. */
  | readonly ['ready', run: number, task: number, how: How | 'new', value: Json];

/** How a foreign wait answered its cancellation; `ended` by its own abort function. */
export type AbortAnswer = 'gave up' | 'kept' | 'threw' | 'ended value' | 'ended error';

export type StepKind = 'yielded' | 'returned' | 'threw';

export type Line =
  | readonly ['source', file: string, hash: string]
  | readonly ['run', run: number, name: string, main: string, began: number]
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
  | readonly ['over', run: number, how: How, value: Json]
  /** A step that was never finished: the process ended in it. */
  | readonly ['unfinished', run: number, inside: readonly Inside[]]
  /** The recording became too large. */
  | readonly ['cut'];

export interface RecordedFunction {
  readonly name: string;
  readonly file: string | undefined;
  readonly line: number;
}

export interface RecordedStep {
  /** What came before it, since the step before. */
  readonly before: readonly Between[];
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
  /** The name of the function that it ran. */
  readonly main: string;
  /** On its clock, in milliseconds. */
  readonly began: number;
  readonly steps: readonly RecordedStep[];
  /** What came after the last step. */
  readonly after: readonly Between[];
  /** What came in while a step was taken that never ended. */
  readonly unfinished: readonly Inside[] | undefined;
  readonly aborts: ReadonlyMap<number, { readonly answer: AbortAnswer; readonly value: Json }>;
  readonly taskNames: ReadonlyMap<number, string>;
  readonly outcome: { readonly how: How; readonly value: Json } | undefined;
}

export interface Recording {
  readonly header: Header;
  /** The hashes of the program's files. */
  readonly sources: ReadonlyMap<string, string>;
  /** In the order in which they began. */
  readonly runs: readonly RecordedRun[];
  /** It became too large and was given up before its end. */
  readonly isCut: boolean;
}

/** What was given is no recording, or none that can be read here. */
export class RecordingError extends Error {
  override get name(): string {
    return 'RecordingError';
  }
}

class RunReader implements RecordedRun {
  readonly number: number;
  readonly name: string;
  readonly main: string;
  readonly began: number;
  readonly steps: RecordedStep[] = [];
  after: Between[] = [];
  unfinished: readonly Inside[] | undefined;
  readonly aborts = new Map<number, { answer: AbortAnswer; value: Json }>();
  readonly taskNames = new Map<number, string>();
  outcome: { how: How; value: Json } | undefined;

  constructor(number: number, name: string, main: string, began: number) {
    this.number = number;
    this.name = name;
    this.main = main;
    this.began = began;
  }

  add(line: Exclude<Line, readonly ['source' | 'run' | 'function' | 'cut', ...unknown[]]>, fn: FunctionOf): void {
    switch (line[0]) {
      case 'step': {
        const [, , task, kind, id, words, inside = []] = line;
        this.steps.push({ before: this.after, inside, task, kind, fn: fn(id), words: words ?? undefined });
        this.after = [];
        break;
      }
      case 'task':
        this.taskNames.set(line[2], line[3]);
        break;
      case 'abort':
        this.aborts.set(line[2], { answer: line[3], value: line[4] });
        break;
      case 'over':
        this.outcome = { how: line[2], value: line[3] };
        break;
      case 'unfinished':
        this.unfinished = line[2];
        break;
      default:
        this.after.push(line);
    }
  }
}

type FunctionOf = (id: number) => RecordedFunction;

const NAMELESS: RecordedFunction = { name: '', file: undefined, line: 0 };

/**
 * Reads a recording. One that breaks off, because the process was killed, is read up to there.
 *
 * @throws RecordingError if it is none, or was written by another version.
 */
export function readRecording(text: string): Recording {
  const lines = text.split('\n');
  const header = readHeader(lines[0] ?? '');
  const sources = new Map<string, string>();
  const runs = new Map<number, RunReader>();
  const functions = new Map<number, RecordedFunction>();
  let isCut = false;
  for (let at = 1; at < lines.length; at++) {
    const json = lines[at] as string;
    if (json === '') continue;
    const line = readLine(json, at, at === lines.length - 1);
    if (line === undefined) break;
    switch (line[0]) {
      case 'source':
        sources.set(line[1], line[2]);
        break;
      case 'run':
        runs.set(line[1], new RunReader(line[1], line[2], line[3], line[4]));
        break;
      case 'function':
        functions.set(line[1], { name: line[2], file: line[3] ?? undefined, line: line[4] });
        break;
      case 'cut':
        isCut = true;
        break;
      default:
        runs.get(line[1])?.add(line, (id) => functions.get(id) ?? NAMELESS);
    }
  }
  return { header, sources, runs: [...runs.values()], isCut };
}

function readHeader(line: string): Header {
  let header: Partial<Header> | undefined;
  try {
    header = JSON.parse(line) as Partial<Header>;
  } catch {
    // what it is not is said below
  }
  if (header?.treadle !== 'recording') {
    throw new RecordingError('this is no recording: make one with `treadle record FILE -o out.jsonl`');
  }
  if (header.version !== VERSION) {
    throw new RecordingError(
      `the recording is of version ${header.version}, and this is a Treadle that reads version ${VERSION}: record anew`,
    );
  }
  return header as Header;
}

/** Undefined: it breaks off there. */
function readLine(json: string, at: number, isLast: boolean): Line | undefined {
  try {
    const line: unknown = JSON.parse(json);
    if (Array.isArray(line) && typeof line[0] === 'string') return line as unknown as Line;
  } catch {
    if (isLast) return undefined;
  }
  throw new RecordingError(`line ${at + 1} of the recording is damaged: record anew`);
}

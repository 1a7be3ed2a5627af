/** Reads a recording: see `recording.ts` for how it is written. */
import { nameErrors } from '../../base/errors.js';
import type { Json } from './encode-value.js';
import {
  type AbortAnswer,
  type Header,
  type How,
  type Inside,
  type Line,
  type RecordedBetween,
  type RecordedFunction,
  type RecordedRun,
  type RecordedStep,
  type Recording,
  VERSION,
} from './recording.js';

/** What was given is no recording, or none that can be read here. */
export class RecordingError extends Error {
  static {
    nameErrors(RecordingError, 'RecordingError');
  }
}

class RunReader implements RecordedRun {
  readonly number: number;
  readonly name: string;
  readonly main: string;
  readonly began: number;
  readonly isBehind: boolean;
  readonly hash: string;
  readonly steps: RecordedStep[] = [];
  after: RecordedBetween[] = [];
  unfinished: readonly Inside[] | undefined;
  readonly aborts = new Map<number, { answer: AbortAnswer; value: Json }>();
  readonly taskNames = new Map<number, string>();
  outcome: { now: number; how: How; value: Json } | undefined;

  constructor([, number, name, main, began, isBehind, hash]: Extract<Line, readonly ['run', ...unknown[]]>) {
    this.number = number;
    this.name = name;
    this.main = main;
    this.began = began;
    this.isBehind = isBehind;
    this.hash = hash;
  }

  add(
    what: Exclude<Line, readonly ['source' | 'run' | 'function' | 'outside' | 'exit' | 'cut', ...unknown[]]>,
    line: number,
    fn: FunctionOf,
  ): void {
    switch (what[0]) {
      case 'step': {
        const [, , task, kind, id, words, inside = []] = what;
        const step = { task, kind, fn: fn(id), words: words ?? undefined };
        this.steps.push({ line, before: this.after, inside, ...step });
        this.after = [];
        break;
      }
      case 'task':
        this.taskNames.set(what[2], what[3]);
        break;
      case 'abort':
        this.aborts.set(what[2], { answer: what[3], value: what[4] });
        break;
      case 'over':
        this.outcome = { now: what[2], how: what[3], value: what[4] };
        break;
      case 'unfinished':
        this.unfinished = what[2];
        break;
      default:
        this.after.push({ what, line });
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
  const header = readHeader(text);
  const sources = new Map<string, string>();
  const runs = new Map<number, RunReader>();
  const functions = new Map<number, RecordedFunction>();
  const background = new Map<string, Json[]>();
  let exitCode: number | undefined;
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
        runs.set(line[1], new RunReader(line));
        break;
      case 'function':
        functions.set(line[1], { name: line[2], file: line[3] ?? undefined, line: line[4] });
        break;
      case 'outside': {
        const key = `${line[1]} ${line[2]}`;
        const values = background.get(key);
        if (values === undefined) background.set(key, [line[3]]);
        else values.push(line[3]);
        break;
      }
      case 'exit':
        exitCode = line[1];
        break;
      case 'cut':
        isCut = true;
        break;
      default:
        runs.get(line[1])?.add(line, at, (id) => functions.get(id) ?? NAMELESS);
    }
  }
  const inOrder = [...runs.values()].sort((one, other) => one.number - other.number);
  return { header, sources, runs: inOrder, background, exitCode, isCut };
}

/**
 * Reads the first line of a recording.
 *
 * @throws RecordingError if it is none, or was written by another version.
 */
export function readHeader(text: string): Header {
  let header: Partial<Header> | null | undefined;
  try {
    header = JSON.parse(text.split('\n', 1)[0] as string) as Partial<Header> | null;
  } catch {
    // what it is not is said below
  }
  if (header?.treadle !== 'recording') {
    throw new RecordingError('this is no recording; make one with `treadle record FILE -o out.jsonl`');
  }
  if (header.version !== VERSION) {
    throw new RecordingError(
      `the recording is of version ${header.version}, and this is a Treadle that reads version ${VERSION}: record anew`,
    );
  }
  return header as Header;
}

/** How many things a line of a sort holds at least. */
const LENGTHS: Readonly<Record<Line[0], number>> = {
  source: 3,
  run: 7,
  function: 5,
  task: 4,
  step: 6,
  fire: 3,
  rest: 3,
  end: 6,
  signal: 4,
  cancel: 7,
  call: 6,
  ready: 6,
  abort: 5,
  over: 5,
  unfinished: 3,
  outside: 4,
  exit: 2,
  cut: 1,
};

function isLine(line: unknown): line is Line {
  return Array.isArray(line) && line.length >= (LENGTHS[line[0] as Line[0]] ?? Infinity);
}

/** Undefined: it breaks off there. */
function readLine(json: string, at: number, isLast: boolean): Line | undefined {
  try {
    const line: unknown = JSON.parse(json);
    if (isLine(line)) return line;
  } catch {
    if (isLast) return undefined;
  }
  throw new RecordingError(`line ${at + 1} of the recording is damaged: record anew`);
}

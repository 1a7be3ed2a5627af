/**
 * What breakpoints mean. Each is turned into a condition once, when it is set or passed: rubbish is refused there and
 * not at the first step; a condition is then asked after every step.
 */

import { isCancelled } from '../../base/cancelled.js';
import { describe } from '../../base/durations.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import type { SourceLocation } from '../source/source-location.js';
import type { Breakpoint, BreakpointConditions, Breakpoints } from './breakpoint.js';
import type { Step } from './step.js';

/** A step that was just taken, with what only some conditions ask for. */
export interface Moment {
  readonly step: Step;
  /** The name of the kind of the effect that was yielded: 'sleep', 'lock.acquire'. */
  readonly effectKind: string | undefined;
  /** Where the task has arrived in this step: its yield, and the calls and declarations passed on the way to it. */
  places(): readonly SourceLocation[];
  /** The names of the generator functions that were entered in this step, outermost first. */
  entered(): readonly string[];
}

export interface Condition {
  holds(moment: Moment): boolean;
  /** It asks for places, so they are to be watched. */
  readonly needsPlaces: boolean;
  /** The source line at which it stops, if it names one: perhaps a later one than it names. */
  readonly line?: number;
}

/**
 * Where a breakpoint on a line of the files whose paths end so really stops, for each of those that are loaded.
 * @throws RangeError if that is nowhere.
 */
export type StoppingLines = (file: string, line: number) => ReadonlyMap<string, number>;

const SHAPES =
  "a breakpoint is a string ('app.ts:12' for a source line, else the name of a task or function), conditions such as " +
  "{ task: 'worker', on: 'error' }, a task handle, or a function (step) => boolean";
const KEYS: readonly string[] = ['task', 'function', 'effect', 'file', 'line', 'on', 'when'];
const EVENTS: readonly string[] = ['cancel', 'spawn', 'error', 'exit', 'enter'];

/** 'app.ts:12', 'src/app.ts:12:5'; 'job:12' is a name. */
const SOURCE_LINE = /^(.*[./\\][^:]*):(\d+)(?::\d+)?$/;
/** 'app.ts:-1', 'app.ts:', ':12': meant as a source line, and none. */
const NO_SOURCE_LINE = /\.[mc]?[jt]sx?:|^:[-\d]*$/;

/** @throws TypeError that says what breakpoints look like. */
export function compileBreakpoint(breakpoint: Breakpoint, stoppingLines: StoppingLines): Condition {
  if (typeof breakpoint === 'string') return named(breakpoint, stoppingLines);
  if (typeof breakpoint === 'function') {
    return { needsPlaces: false, holds: ({ step }) => breakpoint(step) === true };
  }
  if (typeof breakpoint !== 'object' || breakpoint === null || Array.isArray(breakpoint)) {
    throw new TypeError(`${SHAPES}; not ${describe(breakpoint)}`);
  }
  if ('id' in breakpoint) {
    const { id } = breakpoint;
    if (typeof id !== 'number')
      throw new TypeError(`the id of a task is a number, not ${describe(id)}; ${SHAPES}`);
    return { needsPlaces: false, holds: ({ step }) => step.task.id === id };
  }
  return every(conditionsOf(breakpoint, stoppingLines));
}

function named(text: string, stoppingLines: StoppingLines): Condition {
  if (text === '') throw new TypeError(`an empty string is no breakpoint: ${SHAPES}`);
  const line = SOURCE_LINE.exec(text);
  if (line !== null) return atPlace(line[1] as string, Number(line[2]), stoppingLines);
  if (NO_SOURCE_LINE.test(text)) {
    throw new RangeError(`${text} is no source line: it is written 'app.ts:12', and lines count from 1`);
  }
  return { needsPlaces: false, holds: ({ step }) => step.task.name === text || step.function === text };
}

function every(conditions: readonly Condition[]): Condition {
  const line = conditions.find((condition) => condition.line !== undefined)?.line;
  return {
    ...(line === undefined ? {} : { line }),
    needsPlaces: conditions.some(({ needsPlaces }) => needsPlaces),
    holds: (moment) => conditions.every((condition) => condition.holds(moment)),
  };
}

/** Those that cost least come first. */
function conditionsOf(given: BreakpointConditions, stoppingLines: StoppingLines): Condition[] {
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(`a breakpoint has no condition "${unknown}"; there are ${KEYS.join(', ')}`);
  }
  const { task, function: name, effect, file, line, on, when } = given;
  const conditions: Condition[] = [];
  const plain = (holds: (moment: Moment) => boolean) => conditions.push({ needsPlaces: false, holds });
  if (task !== undefined) {
    const isMeant = taskMatcher(task);
    plain(({ step }) => isMeant(step.task) || (on !== undefined && concerned(step, on).some(isMeant)));
  }
  if (name !== undefined) {
    const matches = textMatcher(name, 'function');
    if (on === 'enter') {
      conditions.push({ needsPlaces: true, holds: (moment) => moment.entered().some(matches) });
    } else plain(({ step }) => matches(step.function));
  }
  if (effect !== undefined) {
    const matches = textMatcher(effect, 'effect');
    plain(({ step, effectKind }) =>
      effectKind === undefined ? false : matches(effectKind) || matches(step.effect ?? ''),
    );
  }
  if (on !== undefined) {
    if (!EVENTS.includes(on)) {
      throw new TypeError(`the condition on is one of ${EVENTS.join(', ')}, not ${describe(on)}`);
    }
    if (on === 'enter') {
      conditions.push({ needsPlaces: true, holds: (moment) => moment.entered().length > 0 });
    } else plain(({ step }) => (on === 'error' ? hasFailed(step) : concerned(step, on).length > 0));
  }
  if (file !== undefined || line !== undefined) conditions.push(atPlace(file, line, stoppingLines));
  if (conditions.length === 0) {
    throw new TypeError('a breakpoint without any condition would hold after each step: use step() for that');
  }
  if (when !== undefined) {
    if (typeof when !== 'function') {
      throw new TypeError(`the condition when is a function (step) => boolean, not ${describe(when)}`);
    }
    plain(({ step }) => when(step) === true);
  }
  return conditions;
}

function hasFailed(step: Step): boolean {
  return step.kind === 'threw' && !isCancelled(step.value);
}

/** Whom the event has happened to. */
function concerned(step: Step, on: NonNullable<BreakpointConditions['on']>): readonly TaskInfo[] {
  if (on === 'cancel') return step.cancelled;
  if (on === 'spawn') return step.spawned;
  return on === 'exit' ? step.ended : [];
}

function taskMatcher(task: string | number | RegExp): (info: TaskInfo) => boolean {
  if (typeof task === 'number') return ({ id }) => id === task;
  const matches = textMatcher(task, 'task');
  return ({ name }) => matches(name);
}

function textMatcher(wanted: string | RegExp, key: string): (text: string) => boolean {
  if (typeof wanted === 'string') return (text) => text === wanted;
  if (wanted instanceof RegExp) return (text) => text.search(wanted) >= 0; // unlike test(), it keeps no lastIndex
  throw new TypeError(`the condition ${key} is a string or a RegExp, not ${describe(wanted)}`);
}

function atPlace(
  file: string | undefined,
  line: number | undefined,
  stoppingLines: StoppingLines,
): Condition {
  if (typeof file !== 'string' || file === '') {
    throw new TypeError(
      "a breakpoint on a line names its file, too: 'app.ts:12' or { file: 'app.ts', line: 12 }",
    );
  }
  if (line === undefined) {
    return {
      needsPlaces: true,
      holds: (moment) => moment.places().some((place) => isEndOf(file, place.file)),
    };
  }
  if (!Number.isInteger(line) || line < 1) {
    throw new TypeError(`the line of a breakpoint is a whole number from 1, not ${describe(line)}`);
  }
  const lines = stoppingLines(file, line);
  const [first = line] = lines.values();
  return {
    needsPlaces: true,
    line: first,
    holds: (moment) =>
      moment
        .places()
        .some((place) => isEndOf(file, place.file) && place.line === (lines.get(place.file) ?? line)),
  };
}

/** Whether `end` is the end of the path: whole names, either kind of slash. */
export function isEndOf(end: string, path: string): boolean {
  const wanted = end.replaceAll('\\', '/').replace(/^\.\//, '');
  const whole = path.replaceAll('\\', '/');
  return whole === wanted || whole.endsWith(wanted.startsWith('/') ? wanted : `/${wanted}`);
}

/** The breakpoints that are set. What is added is checked at once. */
export class BreakpointSet extends Set<Breakpoint> implements Breakpoints {
  private readonly compiled = new Map<Breakpoint, Condition>();
  private readonly stoppingLines: StoppingLines;

  constructor(stoppingLines: StoppingLines) {
    super();
    this.stoppingLines = stoppingLines;
  }

  override add(breakpoint: Breakpoint): this {
    if (!this.has(breakpoint))
      this.compiled.set(breakpoint, compileBreakpoint(breakpoint, this.stoppingLines));
    return super.add(breakpoint);
  }

  override delete(breakpoint: Breakpoint): boolean {
    this.compiled.delete(breakpoint);
    return super.delete(breakpoint);
  }

  override clear(): void {
    this.compiled.clear();
    super.clear();
  }

  lineOf(breakpoint: Breakpoint): number | undefined {
    return this.compiled.get(breakpoint)?.line;
  }

  get conditions(): ReadonlyMap<Breakpoint, Condition> {
    return this.compiled;
  }
}

/** A replay that does not go the way that was recorded. */
import type { RecordedStep } from './recording.js';
import { showLocation } from './show-location.js';
import type { Step } from './step.js';

/**
 * The program does something else than was recorded, or the recording ends. The message names the step, the task, what
 * was recorded and what happened instead; the fields say the same.
 */
export class ReplayDivergence extends Error {
  override get name(): string {
    return 'ReplayDivergence';
  }
  /** The number of the step at which it was found out, from 1. */
  readonly step: number;
  /** The step that was recorded there; undefined: the recording ends there. */
  readonly expected: RecordedStep | undefined;
  /** The step that was taken; undefined: there was none. */
  readonly actual: Step | undefined;
  /** Nothing is different: the recording ends before the run does, because the process ended. */
  isEnd = false;

  constructor(message: string, step: number, expected: RecordedStep | undefined, actual?: Step) {
    super(message);
    this.step = step;
    this.expected = expected;
    this.actual = actual;
  }
}

/** What was recorded, in words. */
export function tellRecorded({ task, kind, fn, words }: RecordedStep, names: ReadonlyMap<number, string>): string {
  const place = fn.file === undefined ? '' : `, declared at ${fn.file}:${fn.line}`;
  return `${tellTask(task, names.get(task))} ${tellKind(kind, words)}${tellFunction(fn.name)}${place}`;
}

/** What was done, in words. */
export function tellTaken(step: Step): string {
  const { task, kind, effect, value, location } = step;
  const words = kind === 'threw' ? String(value) : effect;
  const place = location === undefined ? '' : ` at ${showLocation(location)}`;
  return `${tellTask(task.id, task.name)} ${tellKind(kind, words)}${tellFunction(step.function)}${place}`;
}

export function tellTask(id: number, name: string | undefined): string {
  return `task ${name === undefined ? '' : `${name} `}(#${id})`;
}

function tellKind(kind: Step['kind'], words: string | undefined): string {
  if (kind === 'returned') return 'returned';
  return `${kind} ${words ?? (kind === 'yielded' ? 'what is no effect' : '')}`.trimEnd();
}

function tellFunction(name: string): string {
  return name === '' ? '' : ` in ${name}`;
}

/** A replay that does not go the way that was recorded. */

import { nameErrors } from '../../base/errors.js';
import { showLocation } from '../source/show-location.js';
import type { Step } from '../stepper/step.js';
import type { RecordedStep } from './recording.js';
import type { ReplayScript } from './script.js';

/**
 * The program does something else than was recorded, or the recording ends. The message names the step, the task, what
 * was recorded and what happened instead; the fields say the same.
 */
export class ReplayDivergence extends Error {
  static {
    nameErrors(ReplayDivergence, 'ReplayDivergence');
  }
  /** The number of the step at which it was found out, from 1. */
  readonly step: number;
  /** The step that was recorded there; undefined: the recording ends there. */
  readonly recorded: RecordedStep | undefined;
  /** The step that was taken; undefined: there was none. */
  readonly replayed: Step | undefined;
  /** Nothing is different: the recording ends before the run does, because the process ended. */
  isEnd = false;

  constructor(message: string, step: number, recorded: RecordedStep | undefined, replayed?: Step) {
    super(message);
    this.step = step;
    this.recorded = recorded;
    this.replayed = replayed;
  }
}

/** Says of one replay where it goes another way. */
export class ReplayTeller {
  /** Values that the program has used and the recording has not. */
  readonly unknown = new Set<string>();
  private readonly script: ReplayScript;
  private readonly name: string;

  constructor(script: ReplayScript, name: string) {
    this.script = script;
    this.name = name;
  }

  /** A step is not the one that was recorded. */
  otherStep(recorded: RecordedStep, replayed: Step): ReplayDivergence {
    return new ReplayDivergence(
      `step ${replayed.index} of ${this.name} is not what was recorded:\n` +
        `  recorded: ${this.tell(recorded)}\n  replayed: ${tellTaken(replayed)}${this.hints()}`,
      replayed.index,
      recorded,
      replayed,
    );
  }

  /** Something between two steps is not what was recorded. */
  differs(then: string, now: string): ReplayDivergence {
    const { count, next } = this.script;
    return new ReplayDivergence(
      `before step ${count + 1} of ${this.name} the replay goes another way:\n` +
        `  recorded: ${then}\n  replayed: ${now}${this.hints()}`,
      count + 1,
      next,
    );
  }

  nothingReady(): ReplayDivergence {
    const { next } = this.script;
    return this.differs(next === undefined ? 'a task was ready' : this.tell(next), 'no task is ready');
  }

  endOfRecording(): ReplayDivergence {
    const { count, run } = this.script;
    const isEnd = run.outcome === undefined;
    const why = isEnd
      ? 'the process ended here, or was recorded no farther'
      : 'the run ended here, and at replay it goes on';
    const message = `the recording of ${this.name} ends after step ${count}: ${why}`;
    const end = new ReplayDivergence(message, count + 1, undefined);
    end.isEnd = isEnd;
    return end;
  }

  title(id: number): string {
    return tellTask(id, this.script.run.taskNames.get(id));
  }

  private tell({ task, kind, fn, words }: RecordedStep): string {
    const place = fn.file === undefined ? '' : `, declared at ${fn.file}:${fn.line}`;
    return `${this.title(task)} ${tellKind(kind, words)}${tellFunction(fn.name)}${place}`;
  }

  /** What may have led the program another way. */
  private hints(): string {
    const { unknown } = this;
    return unknown.size === 0
      ? ''
      : `\n  it used what the recording does not have: ${[...unknown].join(', ')}`;
  }
}

/** What was done, in words. */
function tellTaken(step: Step): string {
  const { task, kind, effect, value, location } = step;
  const words = kind === 'threw' ? String(value) : effect;
  const place = location === undefined ? '' : ` at ${showLocation(location)}`;
  return `${tellTask(task.id, task.name)} ${tellKind(kind, words)}${tellFunction(step.function)}${place}`;
}

function tellTask(id: number, name: string | undefined): string {
  return `task ${name === undefined ? '' : `${name} `}(#${id})`;
}

function tellKind(kind: Step['kind'], words: string | undefined): string {
  if (kind === 'returned') return 'returned';
  return `${kind} ${words ?? (kind === 'yielded' ? 'what is no effect' : '')}`.trimEnd();
}

function tellFunction(name: string): string {
  return name === '' ? '' : ` in ${name}`;
}

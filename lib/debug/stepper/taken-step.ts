/**
 * A step as the stepper hands it out. All of it is plain data but for the location, which takes the inspector a tenth
 * of a millisecond: it is looked up when it is asked for, as long as the task stands where the step has left it, and
 * kept by `keep` for the steps that a motion stops at.
 */
import type { TaskInfo } from '../../kernel/instrument.js';
import type { SourceLocation } from '../source/source-location.js';
import type { Step } from './step.js';

export class TakenStep implements Step {
  readonly index: number;
  readonly task: TaskInfo;
  readonly resumed: Step['resumed'];
  readonly kind: Step['kind'];
  readonly value: unknown;
  readonly effect: string | undefined;
  readonly function: string;
  readonly depth: number;
  readonly time: number;
  readonly spawned: readonly TaskInfo[];
  readonly cancelled: readonly TaskInfo[];
  readonly ended: readonly TaskInfo[];
  /** Private to the language too: whoever compares or prints steps must not meet it. */
  #look: (() => SourceLocation | undefined) | null;

  constructor(step: Omit<Step, 'location'>, look: () => SourceLocation | undefined) {
    this.index = step.index;
    this.task = step.task;
    this.resumed = step.resumed;
    this.kind = step.kind;
    this.value = step.value;
    this.effect = step.effect;
    this.function = step.function;
    this.depth = step.depth;
    this.time = step.time;
    this.spawned = step.spawned;
    this.cancelled = step.cancelled;
    this.ended = step.ended;
    this.#look = look;
  }

  get location(): SourceLocation | undefined {
    return this.#look === null ? undefined : this.fix(this.#look());
  }

  /** The motion stops here: the location is looked up, and becomes plain data as the rest. */
  keep(): this {
    if (this.#look !== null) this.fix(this.#look());
    return this;
  }

  /** The task goes on: what has not been looked up by now never will be. */
  pass(): void {
    this.#look = null;
  }

  private fix(location: SourceLocation | undefined): SourceLocation | undefined {
    Object.defineProperty(this, 'location', { value: location, enumerable: true });
    this.#look = null;
    return location;
  }
}

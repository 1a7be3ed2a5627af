/** Where a replay stands in the recording of its run: what is to come next. */
import type { Between, Inside, RecordedBetween, RecordedRun, RecordedStep } from './recording.js';

type End = Extract<Inside, readonly ['end', ...unknown[]]>;
type Start = Extract<Inside, readonly ['start', ...unknown[]]>;
type Read = Extract<Inside, readonly ['read', ...unknown[]]>;

export class ReplayScript {
  readonly run: RecordedRun;
  /** Steps begun so far. */
  count = 0;
  private betweenAt = 0;
  /** What came in during the step that is taken, as far as it has not been used. */
  private inside: Inside[] = [];
  private isInUnfinished = false;

  constructor(run: RecordedRun) {
    this.run = run;
  }

  /** The step that is to be taken next. */
  get next(): RecordedStep | undefined {
    return this.run.steps[this.count];
  }

  /** The step that was begun last. */
  get present(): RecordedStep | undefined {
    return this.run.steps[this.count - 1];
  }

  /** What came in before it, and has not been applied. */
  get between(): Between | undefined {
    return this.nextBetween?.what;
  }

  /** The line of the recording that comes next; Infinity: there is none. */
  get line(): number {
    return (this.nextBetween ?? this.next)?.line ?? Infinity;
  }

  /** No step is left, not even one that was not finished. */
  get isOver(): boolean {
    const { run, count } = this;
    if (count < run.steps.length) return false;
    return this.isInUnfinished || run.outcome !== undefined || run.unfinished === undefined;
  }

  betweenApplied(): void {
    this.betweenAt++;
  }

  beginStep(): void {
    const { next, run } = this;
    this.isInUnfinished = next === undefined;
    this.inside = [...(next?.inside ?? run.unfinished ?? [])];
    this.count++;
    this.betweenAt = 0;
  }

  /** A callback is called. */
  beginCall(inside: readonly Inside[]): void {
    this.inside = [...inside];
  }

  /** The next reading of that sort; undefined: none was recorded. */
  read(what: string): Read | undefined {
    return this.take((one): one is Read => one[0] === 'read' && one[1] === what);
  }

  /** What the starter of a wait did at once. */
  start(wait: number): Start | undefined {
    return this.take((one): one is Start => one[0] === 'start' && one[1] === wait);
  }

  /** A wait that ended when the step had made no more than `wakes` tasks ready. */
  end(wakes: number): End | undefined {
    return this.take((one): one is End => one[0] === 'end' && one[1] <= wakes);
  }

  private get nextBetween(): RecordedBetween | undefined {
    return (this.next?.before ?? this.rest)[this.betweenAt];
  }

  private get rest(): readonly RecordedBetween[] {
    return this.count === this.run.steps.length ? this.run.after : [];
  }

  private take<T extends Inside>(is: (one: Inside) => one is T): T | undefined {
    const at = this.inside.findIndex(is);
    if (at < 0) return undefined;
    const [taken] = this.inside.splice(at, 1);
    return taken as T;
  }
}

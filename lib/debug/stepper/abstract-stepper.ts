/** What both steppers have: what they show of the run, and what each motion means. How to move is theirs. */
import { describe } from '../../base/durations.js';
import { tasksOf } from '../../kernel/deadlock.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import { Task } from '../../kernel/task.js';
import type { TaskHandle } from '../../tasks/task-handle.js';
import type { TaskSnapshot } from '../inspect/task-snapshot.js';
import type { Breakpoint } from './breakpoint.js';
import { BreakpointSet, compileBreakpoint } from './breakpoints.js';
import { infoOf } from './happenings.js';
import {
  type Motion,
  ON,
  ONE_STEP,
  oneStepOf,
  out,
  over,
  untilCondition,
  withBreakpoints,
} from './motions.js';
import type { Sight } from './sight.js';
import type { Step } from './step.js';
import type { SteppedRun } from './stepped-run.js';

export abstract class AbstractStepper<T, R> {
  readonly breakpoints: BreakpointSet;
  protected readonly sight: Sight;
  /** The execution that is shown and moved. */
  protected abstract readonly run: SteppedRun;
  /** The last motion of several steps, and in which execution. */
  private moved: { readonly motion: Motion; readonly run: SteppedRun } | undefined;

  constructor(sight: Sight) {
    this.sight = sight;
    this.breakpoints = new BreakpointSet(sight.stoppingLines);
  }

  protected abstract move(motion: Motion): R;

  step(): R {
    return this.move(ONE_STEP);
  }

  stepTask(task: TaskHandle<unknown, unknown> | TaskInfo): R {
    return this.move(oneStepOf(this.readyTask(task)));
  }

  stepOver(): R {
    const { standpoint } = this.run;
    return standpoint === undefined || standpoint.coroutine === null
      ? this.step()
      : this.moveOn(over(standpoint));
  }

  stepOut(): R {
    const { standpoint } = this.run;
    return standpoint === undefined || standpoint.coroutine === null
      ? this.step()
      : this.moveOn(out(standpoint));
  }

  runUntil(breakpoint: Breakpoint): R {
    return this.moveOn(untilCondition(compileBreakpoint(breakpoint, this.sight.stoppingLines)));
  }

  continue(): R {
    return this.moveOn(ON);
  }

  resume(): R {
    const { moved, run } = this;
    return this.moveOn(moved?.run === run ? moved.motion : ON);
  }

  get stoppedBy(): Breakpoint | undefined {
    return this.holding[0];
  }

  get holding(): readonly Breakpoint[] {
    return this.run.holding;
  }

  get history(): readonly Step[] {
    return this.run.history;
  }

  get last(): Step | undefined {
    return this.run.last;
  }

  get ready(): readonly TaskInfo[] {
    return this.isDone ? [] : this.run.loop.steppable.map(infoOf);
  }

  tasks(id?: number): readonly TaskSnapshot[] {
    return this.isDone ? [] : this.sight.tasks(this.run.loop, id);
  }

  get isDone(): boolean {
    return this.run.isDone;
  }

  get result(): T {
    const { outcome, loop } = this.run;
    if (outcome === null) {
      throw new Error(
        this.isDone
          ? `${loop.name} has no result: it was abandoned, for its tasks refused to end`
          : `${loop.name} has no result yet, for it has not ended: go on with step() or continue()`,
      );
    }
    if (!outcome.ok) throw outcome.value;
    return outcome.value as T;
  }

  /** It was begun in a step, by a program whose debugger has gone back to before that step. */
  get isUndone(): boolean {
    return this.run.loop.isUndone;
  }

  get time(): number {
    return this.run.loop.now();
  }

  private moveOn(motion: Motion): R {
    this.moved = { motion, run: this.run };
    return this.move(withBreakpoints(motion, this.breakpoints));
  }

  /** The task of the present execution that is meant: a handle of an execution that was undone stands for its number. */
  private readyTask(wanted: TaskHandle<unknown, unknown> | TaskInfo): Task {
    const id: unknown = (wanted as TaskInfo | undefined)?.id;
    if (typeof wanted !== 'object' || typeof id !== 'number') {
      throw new TypeError(
        `stepTask(task) takes a task handle, or an entry of \`ready\` or of tasks(), not ${describe(wanted)}`,
      );
    }
    if (wanted instanceof Task && !this.owns(wanted)) {
      throw new TypeError(
        `task ${wanted.name} (#${id}) belongs to another run than the one that is stepped here`,
      );
    }
    const { loop } = this.run;
    const task = loop.steppable.find((other) => other.id === id);
    const { midStep } = loop;
    if (task !== undefined && (midStep === null || midStep === task)) return task;
    const how = task === undefined ? this.whyNot(id) : 'it is ready, but not yet';
    const instead =
      midStep === null
        ? `Ready ${loop.steppable.map(nameOf).join(', ') || 'is none'}`
        : `Task ${nameOf(midStep)} is in the middle of its turn: it has entered or left a coroutine, which is no checkpoint, so it goes on first`;
    throw new Error(
      `task ${task === undefined ? `#${id}` : nameOf(task)} cannot be stepped: ${how}. ${instead}.`,
    );
  }

  private whyNot(id: number): string {
    const { loop } = this.run;
    if (loop.hasEnded) return 'the run has ended';
    const task = loop.main === null ? undefined : tasksOf(loop.main).find((other) => other.id === id);
    if (task !== undefined) return `it waits (${task.waiting?.describe(task) ?? 'not ready'})`;
    return id <= loop.taskCount ? 'it has ended' : 'there is no such task yet';
  }

  /** The task is one of the run, in whichever execution of it. */
  abstract owns(task: TaskInfo): boolean;
}

function nameOf(task: Task): string {
  return `${task.name} (#${task.id})`;
}

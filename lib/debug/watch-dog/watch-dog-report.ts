/** What a watch-dog tells, as data and in words. See `watch-dog.ts`. */
import type { Cancelled } from '../../base/cancelled.js';
import { printable, taskTitle } from '../../base/printable.js';
import { foldFrames, ownerOf } from '../../base/stack-text.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import type { Task } from '../../kernel/task.js';
import { PARKED } from '../../kernel/task-state.js';
import { taskPath } from '../../kernel/trail.js';
import { parseFrame } from '../errors/stack-frame.js';
import { taskLocation } from '../inspect/task-location.js';
import { showLocation } from '../source/show-location.js';
import type { SourceLocation } from '../source/source-location.js';

export interface WatchDogReport {
  /** A task has held the loop for too long, or has stayed in a cancelled scope. */
  readonly kind: 'step' | 'cancel';
  readonly task: TaskInfo;
  /** "fetchPage (#3), spawned by task main (#1)". */
  readonly path: string;
  /** How long the step takes or took; how long ago the scope was cancelled. */
  readonly ms: number;
  /** It is still going on. False only for a step that is over. */
  readonly isLive: boolean;
  /** Where the task computes (live) or stands; undefined if that cannot be had here. */
  readonly location: SourceLocation | undefined;
  /** The stack of a live step, innermost first: lines as in an error's stack. */
  readonly stack: readonly string[];
  /** What the task waits for, in words; undefined if it is not parked. */
  readonly waitsFor: string | undefined;
  /** All of it, as a person reads it. */
  readonly message: string;
}

/** What is the same in all reports of a task that stands still. */
function standing(task: Task): Pick<WatchDogReport, 'task' | 'path' | 'location' | 'stack' | 'waitsFor'> {
  return {
    task,
    path: taskPath(task),
    location: taskLocation(task),
    stack: [],
    waitsFor: task.state === PARKED ? wordsFor(task) : undefined,
  };
}

function wordsFor(task: Task): string | undefined {
  try {
    return task.waiting?.describe(task);
  } catch {
    return 'something whose description cannot be had';
  }
}

/** Of a step that is over. */
export function longStep(task: Task, ms: number): WatchDogReport {
  const known = standing(task);
  const now = task.hasEnded
    ? 'it has ended since'
    : `it now ${known.waitsFor === undefined ? 'is ready again' : `waits for ${printable(known.waitsFor)}`}${at(known.location)}`;
  const message = `${taskTitle(task)} held the loop for ${whole(ms)} ms, in which no other task could run; ${now}\n    in task ${known.path}`;
  return { ...known, kind: 'step', ms, isLive: false, message };
}

/** Of a step that is going on. `stack`: what the task is doing, as lines of an error's stack. */
export function stuckStep(task: Task, ms: number, stack: readonly string[]): WatchDogReport {
  const top = stack.find((line) => ownerOf(line) === 'user');
  const path = taskPath(task);
  const frames = foldFrames({ frames: stack, trail: undefined }, shortFrame).join('\n');
  const message = `${taskTitle(task)} has held the loop for ${whole(ms)} ms, and still does: no other task can run\n${frames}\n    in task ${path}`;
  return {
    kind: 'step',
    task,
    path,
    ms,
    isLive: true,
    location: top === undefined ? undefined : parseFrame(top)?.location,
    stack,
    waitsFor: undefined,
    message,
  };
}

/** Of a task that is still in a scope that was cancelled. `more`: others, of which there is no report. */
export function outstayed(task: Task, ms: number, cancelled: Cancelled, more: number): WatchDogReport {
  const known = standing(task);
  const { waitsFor } = known;
  let why = 'it goes on: it swallows Cancelled, or reaches no checkpoint';
  if (waitsFor !== undefined) {
    const how =
      task.scope.effective === null
        ? 'behind a shield'
        : 'in a wait that refuses to be given up (KEEP_WAITING)';
    why = `it is parked ${how}: ${printable(waitsFor)}`;
  }
  const others = more === 0 ? '' : `\n    and so have ${more} more tasks`;
  const message =
    `${taskTitle(task)} was cancelled ${whole(ms)} ms ago and has not ended; ${why}${at(known.location)}\n` +
    `    because ${cancelled.message}\n    in task ${known.path}${others}`;
  return { ...known, kind: 'cancel', ms, isLive: true, message };
}

function shortFrame(line: string): string[] {
  const frame = parseFrame(line);
  if (frame === undefined) return [line];
  const place = showLocation(frame.location);
  return [frame.name === '' ? `    at ${place}` : `    at ${frame.name} (${place})`];
}

function at(location: SourceLocation | undefined): string {
  return location === undefined ? '' : `, at ${showLocation(location)}`;
}

function whole(ms: number): string {
  return ms.toFixed(0);
}

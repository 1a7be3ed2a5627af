/** Puts snapshots together from what the walk over the tasks has collected and what the inspector has found. */

import type { SourceLocation } from '../source/source-location.js';
import type { CollectedScope, CollectedTask } from './collect-tasks.js';
import type { DescribedVariable } from './describe-value.js';
import type { FrameSnapshot, ScopeSnapshot, TaskSnapshot, Variable } from './task-snapshot.js';

export interface FoundVariables {
  readonly variables: readonly DescribedVariable[];
  /** The place of their values in the list of kept values. */
  readonly valuesAt: number | undefined;
}

export interface FoundFrame extends FoundVariables {
  /** Undefined, or '', if the function has none. */
  readonly name: string | undefined;
  readonly entered: FrameSnapshot['entered'];
  readonly location: SourceLocation | undefined;
  /** Those of its module, if they were asked for. */
  readonly module?: FoundVariables | undefined;
}

export interface TaskFindings {
  readonly frames: readonly FoundFrame[];
  readonly spawned: SourceLocation | undefined;
  readonly spawnedAt?: SourceLocation | undefined;
  /** Its coroutine has not begun. */
  readonly isFresh: boolean;
  readonly missing: readonly string[];
}

/** Values by frame and variable. */
type Values = readonly (readonly ({ readonly value: unknown } | undefined)[])[];

/** The snapshots, in the order of the tasks. `findings` and `values` are absent where there is no inspector. */
export function makeSnapshots(
  tasks: readonly CollectedTask[],
  findings: readonly TaskFindings[],
  values: Values = [],
): TaskSnapshot[] {
  const children: TaskSnapshot[][] = tasks.map(() => []);
  const snapshots = tasks.map((task, at) =>
    snapshot(task, findings[at] as TaskFindings, values, children[at] as TaskSnapshot[]),
  );
  tasks.forEach(({ parent }, at) => {
    children[parent]?.push(snapshots[at] as TaskSnapshot);
  });
  return snapshots;
}

function snapshot(
  task: CollectedTask,
  { frames, spawned, spawnedAt, isFresh, missing }: TaskFindings,
  values: Values,
  children: readonly TaskSnapshot[],
): TaskSnapshot {
  return {
    id: task.id,
    name: task.name,
    parentId: task.parentId ?? undefined,
    run: task.run,
    state: isFresh && task.state === 'ready' ? 'created' : task.state,
    isCancelled: task.isCancelled,
    waitsFor: task.waitsFor ?? undefined,
    waitsForTasks: task.waitsForTasks,
    group: task.group ?? undefined,
    scopes: task.scopes.map(scopeSnapshot),
    frames: frames.map((frame) => frameSnapshot(frame, values)),
    spawned,
    spawnedAt,
    children,
    missing: task.framesOmitted === 0 ? missing : [...missing, omitted(task.framesOmitted)],
  };
}

function omitted(count: number): string {
  return `${count} frames in the middle of the stack`;
}

function scopeSnapshot({ name, deadline, remaining, why, ...scope }: CollectedScope): ScopeSnapshot {
  return {
    ...scope,
    name: name ?? undefined,
    deadline: deadline ?? Infinity,
    remaining: remaining ?? Infinity,
    why: why ?? undefined,
  };
}

function frameSnapshot(found: FoundFrame, values: Values): FrameSnapshot {
  const { name, entered, location, module } = found;
  const frame = {
    name: name === undefined || name === '' ? '(anonymous)' : name,
    entered,
    location,
    locals: withValues(found, values),
  };
  return module === undefined ? frame : { ...frame, moduleVariables: withValues(module, values) };
}

function withValues({ variables, valuesAt }: FoundVariables, values: Values): Variable[] {
  const kept = valuesAt === undefined ? undefined : values[valuesAt];
  return variables.map((variable, at) => {
    const value = kept?.[at];
    return value === undefined ? variable : { ...variable, value: value.value };
  });
}

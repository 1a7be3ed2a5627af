/**
 * The task that has moved last, as it is to be shown. A coroutine that has thrown is gone, but its error remembers
 * where: that place is shown as its frame. A task that has ended in the step is shown once more, as long as the
 * program stands there.
 */
import { ownerOf, readStack } from '../../base/stack-text.js';
import { parseFrame } from '../../debug/errors/stack-frame.js';
import type { FrameSnapshot, TaskSnapshot, Variable } from '../../debug/inspect/task-snapshot.js';
import { mappedFrames } from '../../debug/source/stack-maps.js';
import type { Step } from '../../debug/stepper/step.js';

export interface MovedTask {
  readonly task: TaskSnapshot;
  /** What it was resumed with, and what it gave, as variables. */
  readonly step: readonly Variable[];
}

export function movedTask(step: Step, tasks: readonly TaskSnapshot[]): MovedTask {
  const live = tasks.find(({ id }) => id === step.task.id);
  const ended = endedFrames(step);
  if (live === undefined) return { task: endedTask(step, ended), step: valuesOf(step) };
  const task = step.kind === 'threw' ? { ...live, frames: [...ended.slice(0, 1), ...live.frames] } : live;
  return { task, step: valuesOf(step) };
}

function valuesOf({ resumed, kind, value, effect }: Step): Variable[] {
  const one = (name: string, of: unknown): Variable => ({ name, text: '', value: of, scope: 'local' });
  const input = one(resumed.kind === 'error' ? 'thrown into it' : 'resumed with', resumed.value);
  const output: Variable =
    effect === undefined ? one(kind, value) : { name: 'yielded', text: effect, scope: 'local' };
  return [input, output];
}

function endedTask({ task, function: name }: Step, frames: readonly FrameSnapshot[]): TaskSnapshot {
  return {
    ...task,
    run: '',
    state: 'ended',
    isCancelled: false,
    waitsFor: undefined,
    waitsForTasks: [],
    group: undefined,
    scopes: [],
    frames,
    spawned: undefined,
    spawnedAt: undefined,
    children: [],
    missing: [`the variables of ${name === '' ? 'the function' : name}, which has ended`],
  };
}

/** Of the coroutine that has ended in this step. */
function endedFrames({ kind, value, function: name, location }: Step): FrameSnapshot[] {
  const thrownAt = kind === 'threw' && value instanceof Error ? framesOf(value) : [];
  if (thrownAt.length > 0) return thrownAt;
  return [{ name: name === '' ? '(anonymous)' : name, entered: 'task', location, locals: [] }];
}

function framesOf(error: Error): FrameSnapshot[] {
  return mappedFrames(readStack(error).frames)
    .filter((line) => ownerOf(line) === 'user')
    .flatMap((line) => {
      const frame = parseFrame(line);
      if (frame === undefined) return [];
      const name = frame.name.replace(/ \[as .*\]$/, '');
      return [
        { name: name === '' ? '(anonymous)' : name, entered: 'task', location: frame.location, locals: [] },
      ];
    });
}

/** Programs that are looked at while all their tasks are parked, for the specs of task snapshots. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Coroutine, run, taskGroup } from 'treadle';
import { waitAllTasksBlocked } from 'treadle/testing';
import { inspectTasks } from '../../lib/debug/inspect/inspect-tasks.js';
import type { InspectOptions } from '../../lib/debug/inspect/inspection.js';
import type { FrameSnapshot, TaskSnapshot } from '../../lib/debug/inspect/task-snapshot.js';

/** The searching of the heap of a test process takes seconds: specs that are not about it do without. */
export const NO_SEARCH: InspectOptions = { hiddenFrames: false };

/**
 * Runs `program` as a task beside an observer, and gives what the observer saw when all tasks were parked: the
 * snapshots of the program's tasks and of those that they spawned, without the observer's own.
 */
export function inspected(
  program: () => Coroutine<unknown>,
  options: InspectOptions = NO_SEARCH,
): Promise<readonly TaskSnapshot[]> {
  return run(
    function* () {
      return yield* taskGroup(function* (tg) {
        tg.startSoon(program);
        yield* waitAllTasksBlocked();
        const seen = inspectTasks(undefined, options);
        tg.cancel('it has been looked at');
        return seen.filter(({ parentId }) => parentId !== undefined);
      });
    },
    { backend: 'virtual', name: 'spec' },
  );
}

/** The snapshot of the task of this name. */
export function named(snapshots: readonly TaskSnapshot[], name: string): TaskSnapshot {
  const found = snapshots.find((snapshot) => snapshot.name === name);
  if (found === undefined) {
    throw new Error(
      `there is no task ${name} among ${snapshots.map((snapshot) => snapshot.name).join(', ')}`,
    );
  }
  return found;
}

/** Finds the lines of a file by what is written on them: `lines(import.meta.url)('// here')`. */
export function linesOf(url: string): (text: string) => number {
  const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
  return (text) => {
    const at = lines.findIndex((line) => line.trimEnd().endsWith(text));
    if (at < 0) throw new Error(`no line ends with ${text}`);
    return at + 1;
  };
}

/** 'call load:12 key="a"': a frame on a line. */
export function frameText({ entered, name, location, locals }: FrameSnapshot): string {
  const variables = locals
    .filter(({ scope }) => scope !== 'closure')
    .map((local) => ` ${local.name}=${local.text}`);
  return `${entered} ${name}:${location?.line}${variables.join('')}`;
}

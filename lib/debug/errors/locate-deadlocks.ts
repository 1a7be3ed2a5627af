/**
 * Source lines for `DeadlockError`. When a run is found to be deadlocked its tasks are cancelled, so where each of them
 * stood can only be found out at that very moment; who wants to know it says so beforehand. Until a deadlock is found
 * that costs nothing.
 */
import { isEngineFile } from '../../base/stack-text.js';
import type { Task } from '../../kernel/task.js';
import { setTaskLocator, type TaskLocator } from '../../kernel/wait-report.js';
import { inspectRuns } from '../inspect/inspect-tasks.js';
import type { FrameSnapshot, TaskSnapshot } from '../inspect/task-snapshot.js';
import { showLocation } from '../source/show-location.js';

/**
 * Makes the message of each `DeadlockError` tell the source line at which each task stands, until it is disposed of.
 * Where there is no `node:inspector` the messages stay as they are. The line is that of the innermost function that is
 * known: while `watchDelegation()` is on also of those entered by JavaScript's own `yield*`, else of that `yield*`.
 *
 * @example
 *     using _ = locateDeadlocks();
 *     await run(main);
 *     // … worker-1 (#2), spawned by task main (#1): lock "b" held by worker-2 (#3), at src/bank.ts:12:18
 */
export function locateDeadlocks(): Disposable {
  const previous = setTaskLocator(locate);
  let isOn = true;
  return {
    [Symbol.dispose]() {
      if (isOn) setTaskLocator(previous);
      isOn = false;
    },
  };
}

const locate: TaskLocator = (tasks) => {
  const places = new Map<Task, string>();
  const [first] = tasks;
  const main = first?.loop.main;
  if (first === undefined || main == null) return places;
  const snapshots = inspectRuns([{ loop: first.loop, main }], {
    locals: false,
    hiddenFrames: false, // a search of the heap may take seconds
  });
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  for (const task of tasks) {
    const place = placeOf(byId.get(task.id));
    if (place !== undefined) places.set(task, place);
  }
  return places;
};

/** The innermost frame of the user's; undefined for a task that runs nothing but an effect. */
function placeOf(snapshot: TaskSnapshot | undefined): string | undefined {
  const isUsers = ({ location }: FrameSnapshot): boolean =>
    location !== undefined && !isEngineFile(location.file);
  const location = snapshot?.frames.find(isUsers)?.location;
  return location === undefined ? undefined : showLocation(location);
}

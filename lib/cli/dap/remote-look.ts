/**
 * A look at all tasks of another process that keeps what it saw: as `remoteInspection` of the debugger, but the values
 * of the variables are left lying on a desk there, so that they can be unfolded later.
 */
import { makeDescriber } from '../../debug/inspect/describe-value.js';
import { releaseHandles } from '../../debug/inspect/examine-generators.js';
import { Inspection, type InspectOptions } from '../../debug/inspect/inspection.js';
import { callOn, evaluate, type Inquiry } from '../../debug/inspect/inspector-protocol.js';
import { makeSnapshots } from '../../debug/inspect/make-snapshots.js';
import { HOLD, NotTreadleError } from '../../debug/inspect/remote-inspection.js';
import type { TaskSnapshot } from '../../debug/inspect/task-snapshot.js';
import type { Sources } from '../../debug/source/sources.js';
import { makeExplorer } from './explorer.js';
import { DESK_KEY } from './values.js';

const LAY_DESK = `(() => {
  const __name = (fn) => fn; // what tsx and esbuild wrap functions in
  const desk = ${HOLD};
  const explorer = (${makeExplorer})((desk?.describer ?? (${makeDescriber})()).describe);
  const whole = Object.assign(desk ?? {}, { explorer, values: [] });
  Object.defineProperty(globalThis, ${JSON.stringify(DESK_KEY)}, { value: whole, configurable: true });
  return desk;
})()`;

/** Takes the desk away. */
export const CLEAR_DESK = `void delete globalThis[${JSON.stringify(DESK_KEY)}]`;

/** @throws NotTreadleError if the process runs no Treadle. */
export function* remoteLook(sources: Sources, options: InspectOptions): Inquiry<TaskSnapshot[]> {
  try {
    const { objectId } = yield* evaluate(LAY_DESK);
    if (objectId === undefined) {
      throw new NotTreadleError();
    }
    const { value: told } = yield* callOn(objectId, 'function () { return this.told; }', []);
    const looking = new Inspection(objectId, told as string, sources, { ...options, moduleVariables: true });
    const findings = yield* looking.run();
    const { value: known } = yield* callOn(
      objectId,
      'function () { return this.values.map((list) => Array.from(list, (one) => one !== undefined)); }',
      [],
    );
    const values = (known as boolean[][]).map((list, index) =>
      list.map((isKnown, at) => (isKnown ? { value: { list: index, at } } : undefined)),
    );
    return makeSnapshots(looking.told.tasks, findings, values);
  } finally {
    yield* releaseHandles();
  }
}

/** The runs of these tasks: each begins with its main task. */
export function runsOf(tasks: readonly TaskSnapshot[]): { name: string; tasks: TaskSnapshot[] }[] {
  const runs: { name: string; tasks: TaskSnapshot[] }[] = [];
  for (const task of tasks) {
    if (task.parentId === undefined || runs.length === 0) runs.push({ name: task.run, tasks: [] });
    runs.at(-1)?.tasks.push(task);
  }
  return runs;
}

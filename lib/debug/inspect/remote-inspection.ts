/**
 * A look at all tasks of another process. The functions that walk over the runs and put values into words are sent
 * there as text; everything else is the same as for this process, see `inspection.ts`.
 *
 * The process goes on between one question and the next, so a task may have moved on since its wait was put down.
 */

import { nameErrors } from '../../base/errors.js';
import { Sources } from '../source/sources.js';
import { collectTasks } from './collect-tasks.js';
import { makeDescriber } from './describe-value.js';
import { releaseHandles } from './examine-generators.js';
import { Inspection, type InspectOptions } from './inspection.js';
import { callOn, evaluate, type Inquiry, markInquiries } from './inspector-protocol.js';
import { makeSnapshots } from './make-snapshots.js';
import type { TaskSnapshot } from './task-snapshot.js';

/** The process at the other end runs no Treadle. */
export class NotTreadleError extends Error {
  constructor() {
    super(
      'the process has not loaded Treadle in its main thread: give the id of the process that runs the tasks. ' +
        'Those of a worker thread, or of a context of its own (vm, jest), are shown by formatTasks(inspectTasks()) in there.',
    );
  }

  static {
    nameErrors(NotTreadleError, 'NotTreadleError');
  }
}

/** Makes the holder in the process at the other end; text of the functions, for nothing of this module is there. */
export const HOLD = `(() => {
  const runs = globalThis[Symbol.for('treadle.runs')];
  if (runs === undefined) return undefined;
  const __name = (fn) => fn; // what tsx and esbuild wrap functions in
  const { generators, told } = (${collectTasks})(runs);
  return { generators, told, describer: (${makeDescriber})() };
})()`;

/** Snapshots of all tasks of another process. @throws NotTreadleError if it runs no Treadle. */
export function* remoteInspection(options: InspectOptions = {}): Inquiry<TaskSnapshot[]> {
  try {
    const holder = yield* evaluate(HOLD);
    if (holder.objectId === undefined) {
      throw new NotTreadleError();
    }
    const { value: told } = yield* callOn(holder.objectId, 'function () { return this.told; }', []);
    const looking = new Inspection(holder.objectId, told as string, new Sources(), options);
    const findings = yield* looking.run();
    return makeSnapshots(looking.told.tasks, findings);
  } finally {
    yield* releaseHandles();
  }
}

markInquiries(remoteInspection);

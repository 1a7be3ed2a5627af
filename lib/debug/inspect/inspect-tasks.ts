/** What every task of this process stands at, at this moment: the door to the tasks of one's own process. */
import { checkOptions } from '../../base/options.js';
import { taskInStep } from '../../kernel/current.js';
import type { Task } from '../../kernel/task.js';
import { liveRuns, type Run } from '../../run.js';
import { RunPromise } from '../../tasks/run-promise.js';
import { spawnLocation } from '../errors/spawn-traces.js';
import { Sources } from '../source/sources.js';
import { type Collected, collectTasks, type LiveRun, type Told } from './collect-tasks.js';
import { isWatchingDelegation } from './delegation.js';
import { type Describer, makeDescriber } from './describe-value.js';
import { releaseHandles } from './examine-generators.js';
import { Inspection, type InspectOptions, type KeptValue, type LookOptions } from './inspection.js';
import { askSync, evaluate, type Inquiry, markInquiries, type SyncInspector } from './inspector-protocol.js';
import { localInspector } from './local-inspector.js';
import { makeSnapshots, type TaskFindings } from './make-snapshots.js';
import type { TaskSnapshot } from './task-snapshot.js';

/** What the inspector is handed, for a moment, by a key of the global object. */
interface Holder extends Collected {
  readonly describer: Describer;
  readonly values: KeptValue[][];
}

interface Looked {
  readonly told: Told;
  readonly found: readonly TaskFindings[];
}

const HOLDER = Symbol.for('treadle.inspection');
const GET_HOLDER = `globalThis[Symbol.for('treadle.inspection')]`;

/** @internal What is known of the scripts of this process. */
export const localSources = new Sources();

/**
 * Every live task of the run, or of all live runs, in the order of creation, each with its children: what it waits
 * for, its scopes, and its frames with source lines and local variables. The program stands still meanwhile, and no
 * code of its own is run.
 *
 * May be called from anywhere: from a signal handler, a timer, a task. What this runtime cannot tell (without
 * `node:inspector` there are no source lines and variables) is said in `missing`.
 *
 * A variable that the function no longer uses, or has not reached, may show as undefined.
 *
 * It takes a quarter of a second or more, most of it for `hiddenFrames`. For a dashboard that looks often:
 * `inspectTasks(undefined, { hiddenFrames: false })`, a few milliseconds for a few tasks; without `locals` less.
 *
 * @param run Default: all live runs. One that has ended has no tasks.
 * @throws TypeError if `run` is no run, or an option is wrong.
 * @example
 *     console.log(formatTasks(inspectTasks()));
 */
export function inspectTasks(run?: Run<unknown>, options: InspectOptions = {}): readonly TaskSnapshot[] {
  checkInspectOptions(options);
  return inspectRuns(run === undefined ? liveRuns : runsOf(run), options);
}

/** The run behind a promise that `run()` gave; none if it has ended. */
function runsOf(run: Run<unknown>): LiveRun[] {
  if (!(run instanceof RunPromise)) {
    throw new TypeError(
      'inspectTasks(run) takes what run() gave; for all runs leave it out, or pass undefined before the options',
    );
  }
  return [...liveRuns].filter((live) => live.loop === run.loop);
}

/** @internal For steppers: runs by their loop and main task. */
export function inspectRuns(
  runs: Iterable<LiveRun>,
  options: LookOptions,
  only?: number,
): readonly TaskSnapshot[] {
  const holder: Holder = { ...collectTasks(runs, only), describer: makeDescriber(), values: [] };
  const inspector = localInspector();
  if (typeof inspector === 'string') return withoutInspector(holder, inspector);
  const hiddenFrames = options.hiddenFrames ?? !isWatchingDelegation();
  const isInStep = holder.origins.includes(taskInStep() as Task);
  const looking = look(inspector, holder, { ...options, hiddenFrames, isInStep });
  if (typeof looking === 'string') return withoutInspector(holder, looking);
  const { told, found: all } = looking;
  const findings = all.map((found, at) => {
    const spawnedAt = spawnLocation(holder.origins[at] as Task);
    return spawnedAt === undefined ? found : { ...found, spawnedAt };
  });
  return makeSnapshots(told.tasks, findings, holder.values);
}

function look(inspector: SyncInspector, holder: Holder, options: LookOptions): Looked | string {
  Object.defineProperty(globalThis, HOLDER, { value: holder, configurable: true });
  try {
    return askSync(inspector, lookAt(holder, options));
  } finally {
    Reflect.deleteProperty(globalThis, HOLDER);
  }
}

function* lookAt(holder: Holder, options: LookOptions): Inquiry<Looked | string> {
  try {
    const { objectId } = yield* evaluate(GET_HOLDER);
    if (objectId === undefined) return 'the inspector looks at another context than this code runs in';
    const looking = new Inspection(objectId, holder.told, localSources, options);
    const found = yield* looking.run();
    return { told: looking.told, found };
  } finally {
    yield* releaseHandles();
  }
}

markInquiries(lookAt);

function withoutInspector(collected: Collected, why: string): TaskSnapshot[] {
  const { tasks } = JSON.parse(collected.told) as Told;
  const missing = [`source lines, variables, and frames inside of native yield*: ${why}`];
  const findings = tasks.map(
    ({ frames }): TaskFindings => ({
      frames: frames.map(({ label, entered }) => ({
        name: label,
        entered,
        location: undefined,
        variables: [],
        valuesAt: undefined,
      })),
      spawned: undefined,
      isFresh: false,
      missing,
    }),
  );
  return makeSnapshots(tasks, findings);
}

/** Refuses options that mean nothing. */
function checkInspectOptions(options: InspectOptions): void {
  checkOptions(options, 'inspectTasks(run, options)');
  const { locals, hiddenFrames, heapLimitMB, timeLimitMs } = options;
  const isCount = (value: unknown) => typeof value === 'number' && value >= 0;
  if (locals !== undefined && typeof locals !== 'boolean' && !isCount(locals)) {
    throw new TypeError(
      'the option locals of inspectTasks() is true, false, or a number of tasks, 0 or more',
    );
  }
  if (hiddenFrames !== undefined && typeof hiddenFrames !== 'boolean') {
    throw new TypeError('the option hiddenFrames of inspectTasks() is true or false');
  }
  for (const [name, value] of Object.entries({ heapLimitMB, timeLimitMs })) {
    if (value !== undefined && !isCount(value)) {
      throw new TypeError(`the option ${name} of inspectTasks() is a number, 0 or more`);
    }
  }
}

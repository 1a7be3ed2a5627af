/**
 * The question that no example answers: what if it is cancelled *there*? A program is run again and again, each time
 * cancelled at another of its switches, and each time everything must be as it should be afterwards.
 *
 * A switch is where a task comes off the loop (it has yielded an effect and is parked, or in the queue), and where one
 * is about to go on: between the two others have run, timers have fired, and a wake-up is on its way that must not
 * be lost. At neither does any code of the program run, so a cancellation that comes at a real moment amounts to
 * one that comes at one of these. On the virtual clock they are the same each time.
 */
import { type BackendName, resolveBackend } from '../backends/registry.js';
import { checkDuration, describe } from '../base/durations.js';
import { printable } from '../base/printable.js';
import { watchDelegation } from '../debug/inspect/delegation.js';
import { taskLocation } from '../debug/inspect/task-location.js';
import { showLocation } from '../debug/source/show-location.js';
import type { Backend } from '../kernel/backend.js';
import { CancelScope, checkBody } from '../kernel/cancel-scope.js';
import type { Operation } from '../kernel/effect.js';
import type { Instrument, TaskInfo } from '../kernel/instrument.js';
import { Task } from '../kernel/task.js';
import { start } from '../run.js';
import { TaskHandle } from '../tasks/task-handle.js';
import { type LeakOptions, listTasks, watchLeaks } from './leaks.js';
import { type Trial, TrialRecord } from './trial.js';

export interface CancelEverywhereOptions {
  /**
   * What is cancelled: the whole 'program' (the default), or only the 'task' that stands at the checkpoint while the
   * others go on. The main task is always cancelled with the whole program.
   */
  target?: 'program' | 'task';
  /** Default 'virtual'. Another clock makes the places vary from run to run. */
  backend?: BackendName | (() => Backend);
  /** What counts as left behind; false: do not look. Default: everything. */
  leaks?: boolean | LeakOptions;
  /** Whether an error that a cancelled program fails with is as it should be. Default: none is. */
  isExpected?: (error: unknown) => boolean;
  /**
   * Real milliseconds after which a run of the program counts as hanging; default 5,000. To be told the place it must be
   * less than what the test framework allows.
   */
  timeout?: number;
  /** A program of more places than this is refused; default 10,000. */
  limit?: number;
}

export interface CancelEverywhereReport {
  /** The places at which the program was cancelled, in order: `worker at sleep(20)`, `before a step of worker`. */
  readonly places: readonly string[];
}

type Program = (this: void, trial: Trial) => Operation<unknown>;

interface Outcome {
  /** Where it was cancelled; undefined: the program ended before it came to that place. */
  readonly place: string | undefined;
  readonly problems: readonly string[];
  readonly error: unknown;
}

/**
 * Runs a program once as it is and then once per place at which it can be cancelled, cancelling it there, and checks
 * each time that it ends, in time and without an error; that what it opened is closed, no lock is held, no permit out and no item
 * lost, as far as the `trial` was told of them; and that no run, timer or listener is left behind.
 *
 * The program is called anew for each run and must make its own locks and streams: those of the run before would
 * hide what this one did to them.
 *
 * @returns a promise of the places. It rejects with an Error that names the first place at which something was wrong;
 *     in Node with the line, for which the program is run once more.
 * @throws RangeError (as rejection) if there are more places than `limit`.
 * @example
 *     await cancelEverywhere(function* (trial) {
 *       const lock = trial.watch('the lock', new Lock());
 *       yield* taskGroup(function* (tg) {
 *         for (const _ of [1, 2]) tg.startSoon(function* user() {
 *           using _ = yield* lock.acquire();
 *           yield* sleep(10);
 *         });
 *       });
 *     });
 */
export async function cancelEverywhere(
  program: Program,
  options: CancelEverywhereOptions = {},
): Promise<CancelEverywhereReport> {
  checkBody(program, 'cancelEverywhere(program)');
  const { limit = 10_000, timeout = 5_000, isExpected = () => false } = options;
  checkDuration(timeout, "cancelEverywhere's timeout");
  const uncancelled = failureOf(await runOnce(program, Infinity, options), () => false);
  if (uncancelled !== undefined) throw uncancelled;
  const places: string[] = [];
  for (;;) {
    const outcome = await runOnce(program, places.length, options);
    if (outcome.place === undefined) return { places };
    if (failureOf(outcome, isExpected) !== undefined) {
      const line = await lineOfPlace(program, places.length, outcome.place, options);
      throw failureOf(outcome, isExpected, line);
    }
    places.push(outcome.place);
    if (places.length > limit) {
      throw new RangeError(`the program has more than ${limit} places to cancel it at: test a smaller one`);
    }
  }
}

// Kept, for a program may put fake timers in their place.
const { setTimeout: setHostTimeout, clearTimeout: clearHostTimeout } = globalThis;

/** What setTimeout takes at most. */
const LONGEST = 0x7fffffff;

/** Real milliseconds that finding the line of a place may take, if the program hangs there. */
const LINE_TIMEOUT = 200;

/** Runs the program once more to see in which line of source that place is: to look each time would take long. */
async function lineOfPlace(
  program: Program,
  at: number,
  place: string,
  options: CancelEverywhereOptions,
): Promise<string | undefined> {
  const timeout = Math.min(options.timeout ?? 5_000, LINE_TIMEOUT);
  let line: string | undefined;
  using _ = watchDelegation(); // for lines inside of functions entered by `yield*`
  const again = await runOnce(program, at, { ...options, timeout }, (task) => {
    const location = task instanceof Task ? taskLocation(task) : undefined;
    if (location !== undefined) line = showLocation(location);
  });
  return again.place === place ? line : undefined; // else it is not the same each time
}

/** Runs the program and cancels it at the place with that number. `onPlace` gets the task that stands there. */
async function runOnce(
  program: Program,
  at: number,
  options: CancelEverywhereOptions,
  onPlace?: (task: TaskInfo) => void,
): Promise<Outcome> {
  const { backend = 'virtual', leaks = true, target = 'program', timeout = 5_000 } = options;
  const trial = new TrialRecord();
  const scope = new CancelScope();
  let seen = 0;
  let place: string | undefined;

  function reach(task: TaskInfo, where: string): void {
    if (seen++ !== at || place !== undefined) return;
    place = where;
    onPlace?.(task);
    if (target === 'task' && task.parentId !== undefined && task instanceof TaskHandle)
      task.cancel('cancelEverywhere');
    else scope.cancel('cancelEverywhere');
  }
  const instrument: Instrument = {
    suspend: (task, effect) => reach(task, `${printable(task.name)} at ${printable(String(effect))}`),
    stepStart: (task) => reach(task, `before a step of ${printable(task.name)}`),
  };

  const watch = leaks === false ? undefined : watchLeaks(leaks === true ? {} : leaks);
  const problems: string[] = [];
  let error: unknown;
  let hanging: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const main = () => scope.run(() => program(trial));
    const { promise, state } = start(
      main,
      typeof backend === 'function' ? backend() : resolveBackend(backend),
      { instruments: [instrument], name: 'the program' },
    );
    const tooLong = new Promise<void>((resolve) => {
      const giveUp = (): void => {
        hanging = `it did not end within ${timeout} ms, and has ${listTasks(state.main)}`;
        state.cancel('the program took too long');
        resolve();
      };
      if (timeout !== Infinity) timer = setHostTimeout(giveUp, Math.min(timeout, LONGEST));
    });
    await Promise.race([promise, tooLong]);
  } catch (thrown) {
    error = thrown ?? new Error('the program threw undefined');
  } finally {
    clearHostTimeout(timer);
    problems.push(...((await watch?.settle()) ?? []).map((left) => `left behind: ${left}`));
  }
  if (hanging !== undefined) return { place, problems: [hanging], error: undefined };
  problems.push(...trial.problems());
  return { place, problems, error };
}

/** What was wrong, as an Error; undefined if nothing was. */
function failureOf(
  { place, problems, error }: Outcome,
  isExpected: (error: unknown) => boolean,
  line?: string,
): Error | undefined {
  const at = line === undefined ? '' : ` (${line})`;
  const where = place === undefined ? 'not cancelled at all' : `cancelled at this place: ${place}${at}`;
  const found = [...problems];
  const failed = error !== undefined && !isExpected(error);
  if (failed)
    found.unshift(
      `it failed with ${error instanceof Error ? `${error.name}: ${error.message}` : describe(error)}`,
    );
  if (found.length === 0) return undefined;
  return new Error(`the program was ${where}, and\n${found.map((problem) => `  - ${problem}`).join('\n')}`, {
    cause: error,
  });
}

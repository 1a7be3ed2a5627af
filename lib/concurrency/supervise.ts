/**
 * A group whose children may fail without taking it down: they are left failed ('isolate') or begun anew
 * ('restart'). Servers want it, whose connections have nothing to do with one another.
 *
 *     startSoon(fn) ─▶ task: fn() ─ returns ──▶ finished
 *                        ▲      └── fails ────▶ reported ─ isolate ──────────────▶ failed; the others go on
 *                        │                               ─ restart, limit reached ▶ the group fails with it
 *                        └── a pause (back-off) ◀──────────restart
 *
 * It is a task group underneath: it ends when its body and all its children have, a cancellation from outside
 * reaches all of them, and an error of the body takes it down.
 */
import { checkDuration, describe } from '../base/durations.js';
import { taskTitle } from '../base/printable.js';
import { callFor } from '../kernel/call.js';
import { type CancelScope, checkBody, currentEffectiveDeadline } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { isStopRequested, stopRequested } from '../kernel/graceful-stop.js';
import type { Body } from '../kernel/operation.js';
import { currentTime, sleep } from '../kernel/sleep.js';
import { type TaskGroup, taskGroup } from '../tasks/task-group.js';
import { BackOff, type BackOffPolicy } from './back-off.js';
import { failureOf } from './cancellation.js';
import { checkCount, checkPlain } from './checks.js';
import { race } from './race.js';
import { type Progress, SupervisedTask } from './supervised-task.js';

/** A failure of a supervised task, as it is reported. */
export interface SupervisedFailure {
  readonly error: unknown;
  readonly task: SupervisedTask<unknown>;
  /** Its failures that count against the limit, this one included. */
  readonly count: number;
  /** Milliseconds until it is restarted; undefined when it is not. */
  readonly restartIn: number | undefined;
}

export interface SuperviseOptions extends BackOffPolicy {
  /** What becomes of a child that failed: left failed, or begun anew. */
  onError: 'isolate' | 'restart';
  /** How many restarts a child is given, within `within`; default 5. The failure after that fails the group. */
  maxRestarts?: number;
  /** Milliseconds for which a failure counts; default Infinity: for ever. */
  within?: number;
  /** Told of each failure; default: `console.error`. A plain function, not waited for. What it throws fails the group. */
  onFailure?: (failure: SupervisedFailure) => void;
  /** What error messages and task dumps call the group. */
  name?: string;
}

/** What the body of `supervise` gets. */
export class Supervisor {
  private readonly group: TaskGroup;
  private readonly plan: Plan;

  /** @internal */
  constructor(group: TaskGroup, plan: Plan) {
    this.group = group;
    this.plan = plan;
  }

  /**
   * Spawns a task that runs `fn(...args)` under supervision. A restart calls `fn` again with the same arguments.
   *
   * @throws ClosedResourceError if the group has ended.
   * @throws TypeError if `fn` is no function.
   */
  startSoon<A extends unknown[], T>(fn: Body<A, T>, ...args: A): SupervisedTask<T> {
    checkBody(fn, 'startSoon(fn, ...args)');
    this.group.checkOpen();
    const progress: Progress = { restarts: 0, failure: null };
    const work = keepRunning<A, T>(this.plan, fn, args, progress, () => task);
    const task: SupervisedTask<T> = new SupervisedTask<T>(
      this.group.createTask(work as Coroutine<T>, { name: fn.name }),
      progress,
    );
    return task;
  }

  /** Cancels body and children. Not a checkpoint. */
  cancel(reason?: unknown): void {
    this.group.cancel(reason);
  }

  /** The group's scope: `requestStop` asks all children to stop, and what fails then is not restarted. */
  get cancelScope(): CancelScope {
    return this.group.cancelScope;
  }
}

const callBody = callFor('supervise(body, options)');
const callChild = callFor('startSoon(fn, ...args)');

interface Plan {
  readonly restarts: boolean;
  readonly maxRestarts: number;
  readonly within: number;
  readonly backOff: BackOff;
  readonly onFailure: (failure: SupervisedFailure) => void;
}

/** A supervised task: gives undefined when it has failed for good, and says so in `progress`. */
function* keepRunning<A extends unknown[], T>(
  plan: Plan,
  fn: Body<A, T>,
  args: A,
  progress: Progress,
  task: () => SupervisedTask<unknown>,
): Coroutine<T | undefined> {
  const pauseAfter = plan.backOff.start();
  let failures: number[] = []; // when; only those that count
  for (;;) {
    try {
      return yield* callChild(fn, ...args);
    } catch (thrown) {
      const error = failureOf(thrown);
      const now = currentTime();
      failures = failures.filter((at) => now - at < plan.within);
      failures.push(now);
      const count = failures.length;
      // Who is being cancelled or stopped is on its way out: an error there ends it, limit or no limit.
      const isLeaving = currentEffectiveDeadline() === -Infinity || isStopRequested();
      const goesOn = plan.restarts && !isLeaving && count <= plan.maxRestarts;
      const pause = goesOn ? pauseAfter(count) : undefined;
      report(plan, { error, task: task(), count, restartIn: pause });
      if (pause === undefined) {
        if (plan.restarts && !isLeaving) throw error;
        progress.failure = { error };
        return undefined;
      }
      yield* race([sleep(pause), stopRequested()]);
      if (isStopRequested()) {
        progress.failure = { error };
        return undefined;
      }
      progress.restarts++;
    }
  }
}

/** @throws TypeError if `onFailure` would have to be waited for; the failure is its `cause`, so that it is not lost. */
function report(plan: Plan, failure: SupervisedFailure): void {
  const given: unknown = plan.onFailure(failure);
  try {
    checkPlain(given, "supervise's onFailure");
  } catch (mistake) {
    (mistake as Error).cause = failure.error;
    throw mistake;
  }
}

function print({ error, task, restartIn }: SupervisedFailure): void {
  const next = restartIn === undefined ? 'it is not restarted' : `it is restarted in ${restartIn} ms`;
  console.error(`${taskTitle(task)} failed, ${next}:`, error);
}

/**
 * Runs `body` with a supervisor, and gives what it returns once the body and all supervised tasks have ended. A
 * task that fails is reported to `onFailure` and leaves the others alone. With 'isolate' that is all; with
 * 'restart' its function is called again after a pause: `delay` (default 100 ms), then `factor` (default 2)
 * times as long each time, at most `maxDelay` (default 30 s), less a random part of `jitter`. The failure after
 * `maxRestarts` restarts fails the group. Once a stop is requested nothing is restarted.
 *
 * Entering is no checkpoint. The end always switches tasks, as that of a task group.
 *
 * @throws ExceptionGroup if the body failed, a task failed once too often, or `onFailure` threw.
 * @throws TypeError, RangeError if an option is out of its range.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* supervise(function* (supervisor) {
 *       for (const feed of feeds) supervisor.startSoon(follow, feed);
 *     }, { onError: 'restart', maxRestarts: 3, within: 60_000, onFailure: ({ error }) => log(error) });
 * Semantics: Erlang's one-for-one supervisor of transient children; Kotlin's `supervisorScope`.
 */
export function supervise<R>(
  body: (this: void, supervisor: Supervisor) => Operation<R>,
  options: SuperviseOptions,
): Effect<R> {
  checkBody(body, 'supervise(body, options)');
  const onError: unknown = options?.onError;
  if (onError !== 'isolate' && onError !== 'restart') {
    throw new TypeError(`supervise's onError must be 'isolate' or 'restart', not ${describe(onError)}`);
  }
  const { maxRestarts = 5, within = Infinity, onFailure = print, name = 'supervise' } = options;
  checkCount(maxRestarts, "supervise's maxRestarts", 0);
  checkDuration(within, "supervise's within");
  checkBody(onFailure, 'supervise(body, { onFailure })');
  const backOff = new BackOff(options, 'supervise', 30_000);
  const plan: Plan = { restarts: onError === 'restart', maxRestarts, within, backOff, onFailure };
  return taskGroup((group) => callBody(body, new Supervisor(group, plan)), { name });
}

/** Waiting for time to pass. Times are milliseconds on the backend's monotonic clock. */
import { checkDeadline, checkDuration } from '../base/durations.js';
import { checkpoint } from './checkpoint.js';
import { requireTask } from './current.js';
import type { Effect } from './effect.js';
import { effectKind, makeEffect } from './kind.js';
import type { Engine, Task, Wait } from './task.js';
import { AT_CHECKPOINT } from './task-state.js';

/** The wait of a task that sleeps until its timer fires. */
const ASLEEP: Wait = {
  abort(task) {
    task.loop.timers.disarm(task);
    return true;
  },
  describe: (task) => {
    const left = Math.round(task.loop.timers.deadlineOf(task) - task.loop.now());
    return left < 0 ? `sleep until ${-left} ms ago` : `sleep until +${left} ms`;
  },
};

/** The wait of a task that sleeps for ever; it keeps the run and the process alive. */
const FOREVER: Wait = {
  abort(task) {
    task.loop.wakers--;
    task.loop.keepAlive--;
    return true;
  },
  describe: () => 'sleepForever',
};

function sleepTo(deadline: number, now: number, task: Task, loop: Engine): false {
  const cancelled = task.scope.effective;
  if (cancelled !== null) task.wakeThrowing(cancelled);
  else if (deadline <= now) {
    // No timer is ever armed that is due already: when it fired would depend on when the loop looks at the clock.
    task.state = AT_CHECKPOINT;
    loop.enqueue(task);
  } else if (deadline === Infinity) {
    loop.wakers++;
    loop.keepAlive++;
    task.park(FOREVER);
  } else {
    loop.timers.arm(task, deadline);
    task.park(ASLEEP);
  }
  return false;
}

const SLEEP = effectKind<number, undefined>({
  name: 'sleep',
  perform(task, loop, effect) {
    const now = loop.now();
    return sleepTo(now + effect.a, now, task, loop);
  },
  describe: (effect) => `sleep(${effect.a})`,
});

const SLEEP_UNTIL = effectKind<number, undefined>({
  name: 'sleepUntil',
  perform: (task, loop, effect) => sleepTo(effect.a, loop.now(), task, loop),
  describe: (effect) => `sleepUntil(${effect.a})`,
});

const SLEEP_FOREVER = effectKind<undefined, undefined>({
  name: 'sleepForever',
  // No look at the clock: it is a quarter of what it takes to spawn a task and park it here.
  perform: (task, loop) => sleepTo(Infinity, 0, task, loop),
  describe: () => 'sleepForever()',
});

/**
 * The effects of sleeps of few whole milliseconds, made when first asked for and then shared, as effects may be: a
 * task that sleeps holds on to its effect, so with many sleepers each of them would be one object more to keep.
 */
const shortSleeps: (Effect<void> | undefined)[] = new Array<undefined>(1001).fill(undefined);

const theSleepForever = makeEffect<never, undefined, undefined>(SLEEP_FOREVER, undefined, undefined);

/**
 * Waits for `ms` milliseconds: never less, and more if the loop is busy. `sleep(0)` is a checkpoint;
 * `sleep(Infinity)` ends only by cancellation.
 *
 * A checkpoint. Tasks whose sleeps end together go on in the order of their deadlines, then of going to sleep.
 *
 * @param ms 0 or more, or Infinity.
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number: at the call, not at the yield.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* sleep(300);
 * Semantics: Trio's `sleep`.
 */
export function sleep(ms: number): Effect<void> {
  checkDuration(ms, 'sleep(ms)');
  if (ms >= shortSleeps.length || !Number.isInteger(ms))
    return makeEffect<void, number, undefined>(SLEEP, ms, undefined);
  if (ms === 0) return checkpoint();
  const shared = shortSleeps[ms];
  if (shared !== undefined) return shared;
  const made = makeEffect<void, number, undefined>(SLEEP, ms, undefined);
  shortSleeps[ms] = made;
  return made;
}

/**
 * Waits until the clock of `currentTime()` shows `deadline`. One in the past makes it a checkpoint.
 *
 * @throws RangeError if `deadline` is NaN, TypeError if it is no number.
 * @throws Cancelled if the surrounding scope is cancelled.
 * Semantics: Trio's `sleep_until`.
 */
export function sleepUntil(deadline: number): Effect<void> {
  checkDeadline(deadline, 'sleepUntil(deadline)');
  return makeEffect<void, number, undefined>(SLEEP_UNTIL, deadline, undefined);
}

/**
 * Waits until it is cancelled. It keeps the run, and the process, alive.
 *
 * @throws Cancelled when the surrounding scope is cancelled.
 * Semantics: Trio's `sleep_forever`.
 */
export function sleepForever(): Effect<never> {
  return theSleepForever;
}

/**
 * Milliseconds on the clock of the run's backend. It never goes back; where it starts is the backend's affair.
 *
 * @throws NoEventLoopError outside of a task.
 */
export function currentTime(): number {
  return requireTask('currentTime()').loop.now();
}

/**
 * Waiting until nothing moves any more.
 *
 * The loop calls who waits so when it comes to rest. With a cushion that is only the beginning: a timer of the host is
 * set, and whoever moves before it fires, so that the loop comes to rest once more, sets it back.
 *
 *     at rest ──▶ cushion 0: go on
 *             ──▶ else: host timer ──▶ fires: go on
 *                   ▲     └─ the loop comes to rest again before ─┐
 *                   └─────────────────────────────────────────────┘
 */
import { checkDuration } from '../base/durations.js';
import type { Effect } from '../kernel/effect.js';
import { effectKind, makeEffect } from '../kernel/kind.js';
import type { Engine, Task, Wait } from '../kernel/task.js';

/** What setTimeout takes at most. */
const LONGEST_CUSHION = 0x7fffffff;

// Kept, for a test may put fake timers in their place.
const { setTimeout: setHostTimeout, clearTimeout: clearHostTimeout } = globalThis;

/** One wait. The loop calls all of them when it comes to rest, so those who wait at once go on together. */
class BlockedWait implements Wait {
  private readonly task: Task;
  private readonly cushion: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOn = true;

  constructor(task: Task, cushion: number) {
    this.task = task;
    this.cushion = cushion;
  }

  /** The loop comes to rest. */
  readonly atRest = (): void => {
    if (!this.isOn) return; // it was cancelled, or is over
    if (this.cushion === 0) this.over();
    else {
      this.clear();
      this.timer = setHostTimeout(() => this.over(), this.cushion);
      this.task.loop.foreign++; // the host's time passes: meanwhile no virtual clock moves on
      // Not at once: this very rest would count.
      queueMicrotask(() => {
        if (this.isOn) this.task.loop.atRest.push(this.atRest);
      });
    }
  };

  abort(): boolean {
    this.end();
    return true;
  }

  describe(): string {
    return this.cushion === 0 ? 'waitAllTasksBlocked' : `waitAllTasksBlocked(${this.cushion})`;
  }

  private over(): void {
    this.end();
    this.task.wake(undefined);
  }

  private end(): void {
    this.isOn = false;
    this.clear();
  }

  private clear(): void {
    if (this.timer === undefined) return;
    clearHostTimeout(this.timer);
    this.timer = undefined;
    this.task.loop.foreign--;
  }
}

const WAIT_ALL_TASKS_BLOCKED = effectKind<number, undefined>({
  name: 'waitAllTasksBlocked',
  perform(task: Task, loop: Engine, effect) {
    const cancelled = task.scope.effective;
    if (cancelled !== null) task.wakeThrowing(cancelled);
    else {
      const wait = new BlockedWait(task, effect.a);
      task.park(wait);
      loop.atRest.push(wait.atRest);
    }
    return false;
  },
  describe: (effect) => (effect.a === 0 ? 'waitAllTasksBlocked' : `waitAllTasksBlocked(${effect.a})`),
});

/**
 * Waits until every other task of the run is parked: none is ready, none is on its way through a checkpoint. Tasks
 * that sleep, or wait for a promise or a callback, are parked; a virtual clock does not move on meanwhile. Several
 * tasks may wait so at once: to one another they count as parked, and they go on together. It neither sleeps nor
 * polls.
 *
 * A checkpoint.
 *
 * @param cushion Milliseconds, of real time, for which all must have been parked; default 0. For tasks that are busy
 *   with something outside, where what one waits for comes a moment later: each time that a task moves they count
 *   from anew.
 * @throws RangeError or TypeError if `cushion` is no number from 0 to 2^31 - 1: at the call.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     tg.startSoon(waiter, event);
 *     yield* waitAllTasksBlocked();          // now the waiter waits
 *     expect(event.statistics().tasksWaiting).to.equal(1);
 * Semantics: Trio's `wait_all_tasks_blocked`.
 */
export function waitAllTasksBlocked(cushion = 0): Effect<void> {
  checkDuration(cushion, 'waitAllTasksBlocked(cushion)');
  if (cushion > LONGEST_CUSHION) {
    throw new RangeError(`waitAllTasksBlocked(cushion) waits ${LONGEST_CUSHION} ms at most, not ${cushion}`);
  }
  return makeEffect<void, number, undefined>(WAIT_ALL_TASKS_BLOCKED, cushion, undefined);
}

/** Waiting until nothing moves any more. */
import type { Effect } from '../kernel/effect.js';
import { type EffectKind, makeEffect } from '../kernel/kind.js';
import type { Task, Wait } from '../kernel/task.js';

/** One wait. The loop calls all of them when it comes to rest, so those who wait at once go on together. */
class BlockedWait implements Wait {
  private readonly task: Task;
  private isOn = true;

  constructor(task: Task) {
    this.task = task;
  }

  readonly over = (): void => {
    if (this.isOn) this.task.wake(undefined);
  };

  abort(): boolean {
    this.isOn = false; // the loop still calls, for nothing
    return true;
  }

  describe(): string {
    return 'waitAllTasksBlocked';
  }
}

const WAIT_ALL_TASKS_BLOCKED: EffectKind<undefined, undefined> = {
  name: 'waitAllTasksBlocked',
  perform(task, loop) {
    const cancelled = task.scope.effective;
    if (cancelled !== null) task.wakeThrowing(cancelled);
    else {
      const wait = new BlockedWait(task);
      task.park(wait);
      loop.atRest.push(wait.over);
    }
    return false;
  },
};

const theWait = makeEffect<void, undefined, undefined>(WAIT_ALL_TASKS_BLOCKED, undefined, undefined);

/**
 * Waits until every other task of the run is parked: none is ready, none is on its way through a checkpoint. Tasks
 * that sleep, or wait for a promise or a callback, are parked; a virtual clock does not move on meanwhile. Several
 * tasks may wait so at once: to one another they count as parked, and they go on together. It neither sleeps nor
 * polls.
 *
 * A checkpoint.
 *
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     tg.startSoon(waiter, event);
 *     yield* waitAllTasksBlocked();          // now the waiter waits
 *     expect(event.statistics().tasksWaiting).to.equal(1);
 * Semantics: Trio's `wait_all_tasks_blocked`, with a cushion of 0.
 */
export function waitAllTasksBlocked(): Effect<void> {
  return theWait;
}

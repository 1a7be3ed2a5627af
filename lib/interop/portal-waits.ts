/**
 * Waits for promise code that itself waits for this run.
 *
 *     task ── portal.until(promise) ──▶ async function ── await portal.call(work) ──▶ task that sleeps
 *
 * To the loop a promise is something from outside: while one is waited for the virtual clock stands (rule L8). But
 * as long as that promise waits for the portal's task, nothing outside is going on, and if the clock stood, the two would
 * wait for each other for ever. No JavaScript API tells what a promise waits for, so the user does: the waits made
 * here count as foreign exactly while no call through the portal is in progress.
 */
import type { Coroutine } from '../kernel/effect.js';
import type { Engine } from '../kernel/task.js';
import { until } from './until.js';

type Awaited<T> = PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>);

/** The calls and waits of one portal. */
export class PortalWaits {
  private readonly loop: Engine;
  /** Calls whose promise has not settled. */
  private calls = 0;
  private waits = 0;
  /** How many of the loop's foreign waits are taken off its count: all of `waits`, or none. */
  private hidden = 0;

  constructor(loop: Engine) {
    this.loop = loop;
  }

  callBegins(): void {
    this.calls++;
    this.count();
  }

  callEnds(): void {
    this.calls--;
    this.count();
  }

  *wait<T>(promise: Awaited<T>): Coroutine<T> {
    this.waits++;
    this.count();
    try {
      return yield* until(promise);
    } finally {
      this.waits--;
      this.count();
    }
  }

  private count(): void {
    const hidden = this.calls > 0 ? this.waits : 0;
    this.loop.foreign += this.hidden - hidden;
    this.hidden = hidden;
  }
}

/**
 * What the backends on real time have in common: wake-ups as microtasks, and one host timer for all deadlines.
 *
 * - `soon` is a microtask: a wake-up by a host callback is served before the host's next callback.
 * - The timer is armed anew only when the earliest deadline moves forward; one that fires too early finds nothing
 *   due, and the turn arms the next. Hosts count whole milliseconds, some from the start of a loop iteration, so a
 *   deadline is rounded up and may still be met a little early: same remedy.
 *
 * - All turns are microtasks, also those that a timer or `later` brings: a host callback does nothing but ask for
 *   one, which the host runs when the callback is over. V8 makes a message, with a source position, for each error
 *   thrown below a host callback, and none below the microtask queue, which has a handler of its own: throwing a
 *   cancellation into a task costs half as much there.
 *
 * Globals are looked up at each use: fake timers that were installed before the run drive it.
 */
import type { Connection } from '../kernel/backend.js';

/** setTimeout takes no more than 31 bits; longer sleeps are woken now and then, for nothing. */
const LONGEST_TIMEOUT = 0x7fffffff;

const settled = Promise.resolve();

export abstract class HostConnection implements Connection {
  protected readonly turn: () => void;
  private timeout: ReturnType<typeof setTimeout> | undefined;
  /** When the timeout is to fire; Infinity while there is none. */
  private armedFor = Infinity;

  constructor(turn: () => void) {
    this.turn = turn;
  }

  abstract later(): void;

  soon(): void {
    void settled.then(this.turn);
  }

  idle(deadline: number, _foreign: number, keepAlive: boolean): void {
    if (deadline === Infinity && !keepAlive) {
      this.disarm();
      return;
    }
    const delay = Math.ceil(deadline - performance.now());
    if (delay <= 0) {
      this.later();
      return;
    }
    if (this.timeout !== undefined) {
      if (this.armedFor <= deadline) return;
      this.disarm();
    }
    this.armedFor = deadline;
    this.timeout = setTimeout(() => this.timeHasCome(), Math.min(delay, LONGEST_TIMEOUT));
  }

  close(): void {
    this.disarm();
  }

  /** The deadline that the timer is armed for has passed: the host may be late with the timer itself. */
  protected get isOverdue(): boolean {
    return this.timeout !== undefined && this.armedFor <= performance.now();
  }

  protected timeHasCome(): void {
    this.disarm();
    this.soon();
  }

  private disarm(): void {
    if (this.timeout === undefined) return;
    clearTimeout(this.timeout);
    this.timeout = undefined;
    this.armedFor = Infinity;
  }
}

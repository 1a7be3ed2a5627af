/**
 * A clock that stands still while anything runs, and jumps to the next deadline when every task is parked: a
 * program that sleeps for an hour takes no time, and takes none in exactly the same order each time.
 *
 * While a foreign wait is open (a promise, a callback) the clock does not jump: what comes from outside takes
 * real time, and how much is nobody's business here (rule L8).
 *
 * A clock may serve several runs (those due together go on in the order in which they began), and can be moved by
 * hand instead. Each time that a run comes to rest, and the
 * others on this clock rest too, one of these happens:
 *
 *     advance() is under way   to the next deadline of any run, if it lies before the target, else to the target
 *     autojump                 to the next deadline of the runs that have no foreign wait open
 *     neither                  nothing: the clock waits to be moved
 */

import { checkDeadline, checkDuration } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import type { Backend, Connection } from '../kernel/backend.js';
import { SLICE } from '../kernel/slice.js';

const settled = Promise.resolve();

export interface VirtualBackendOptions {
  /** Whether the clock jumps to the next deadline when every task is parked; default true. */
  autojump?: boolean;
}

interface Advance {
  readonly target: number;
  readonly arrived: () => void;
}

/**
 * The virtual clock as an object: for several runs on one clock, and for moving it by hand.
 *
 * @example
 *     const clock = new VirtualBackend({ autojump: false });
 *     const job = run(poll, { backend: clock });
 *     await clock.advance(1000);        // a second passes, with all that happens in it
 * Semantics: Trio's `MockClock`, with `autojump_threshold` 0 or infinity.
 */
export class VirtualBackend implements Backend {
  readonly name = 'virtual';
  private time = 0;
  private jumps: boolean;
  private readonly connections = new Set<VirtualConnection>();
  /** In order of their targets: time passes for the first one first. */
  private readonly advances: Advance[] = [];

  constructor(options: VirtualBackendOptions = {}) {
    checkOptions(options, 'new VirtualBackend(options)');
    this.jumps = options.autojump ?? true;
  }

  now(): number {
    return this.time;
  }

  /** Whether the clock jumps to the next deadline when every task is parked. Setting it has immediate effect. */
  get autojump(): boolean {
    return this.jumps;
  }

  set autojump(jumps: boolean) {
    this.jumps = jumps;
    this.consider();
  }

  /**
   * Lets time pass, from one deadline to the next: what wakes on the way does its work at its own time. Foreign
   * waits do not stop it. While tasks are at work the clock stands, so the time passes when they have parked.
   * After another `advance` that is still under way it adds to that one.
   *
   * @param ms 0 or more, finite.
   * @returns a promise that fulfils when the clock has got there and every task is parked again. To wait for it in
   *   a task: `yield* until(clock.advance(100))`.
   * @throws RangeError or TypeError if `ms` is no such number.
   */
  advance(ms: number): Promise<void> {
    checkDuration(ms, 'advance(ms)');
    if (ms === Infinity) throw new RangeError('advance(ms) needs an end: a finite number of milliseconds');
    const from = this.advances.at(-1)?.target ?? this.time;
    return new Promise((arrived) => {
      this.advances.push({ target: from + ms, arrived });
      this.consider();
    });
  }

  /** Puts the clock forward at once, whoever is at work; it never goes back. */
  jumpTo(time: number): void {
    checkDeadline(time, 'jumpTo(time)');
    if (time === Infinity) throw new RangeError('jumpTo(time) needs a finite time');
    if (time > this.time) this.time = time;
    for (const connection of this.connections) {
      if (connection.isResting && connection.deadline <= this.time) connection.timeHasCome();
    }
  }

  /** @internal Sets the clock back: for a stepper, which executes the one program that uses the clock anew. */
  rewind(time: number): void {
    if (this.connections.size > 0) {
      throw new Error('a clock cannot go back while a run uses it: give the stepper a clock of its own');
    }
    this.time = time;
  }

  connect(turn: () => void): Connection {
    const connection = new VirtualConnection(this, turn);
    this.connections.add(connection);
    return connection;
  }

  /** @internal The run is over. */
  disconnect(connection: VirtualConnection): void {
    this.connections.delete(connection);
    this.consider();
  }

  /** @internal Moves the clock if there is reason to and every run rests; wakes those whose time has come. */
  consider(): void {
    for (const connection of this.connections) if (!connection.isResting) return;
    while (this.advances.length > 0) {
      const { target, arrived } = this.advances[0] as Advance;
      const deadline = this.earliest(() => true);
      if (deadline <= target) {
        this.jumpTo(deadline);
        return;
      }
      this.jumpTo(target);
      this.advances.shift();
      arrived();
    }
    if (!this.jumps) return;
    const deadline = this.earliest((connection) => connection.foreign === 0);
    if (deadline !== Infinity) this.jumpTo(deadline);
  }

  private earliest(counts: (connection: VirtualConnection) => boolean): number {
    let deadline = Infinity;
    for (const connection of this.connections) {
      if (counts(connection)) deadline = Math.min(deadline, connection.deadline);
    }
    return deadline;
  }
}

class VirtualConnection implements Connection {
  /** No task of the run is ready, and no turn is asked for; `deadline` and `foreign` say what it waits for. */
  isResting = false;
  deadline = Infinity;
  foreign = 0;
  private readonly clock: VirtualBackend;
  private readonly turn: () => void;
  /** Takes back what `later` has asked of the host. */
  private forget: (() => void) | undefined;
  /** When the host last had a turn, on the real clock. */
  private hostTurnAt = performance.now();

  constructor(clock: VirtualBackend, turn: () => void) {
    this.clock = clock;
    this.turn = turn;
  }

  soon(): void {
    this.isResting = false;
    void settled.then(this.turn);
  }

  later(): void {
    this.isResting = false;
    // Whichever the host has: setTimeout alone would wait a millisecond and more.
    if (typeof setImmediate === 'function') {
      const immediate = setImmediate(this.afterHost);
      this.forget = () => clearImmediate(immediate);
    } else {
      const timeout = setTimeout(this.afterHost, 0);
      this.forget = () => clearTimeout(timeout);
    }
  }

  idle(deadline: number, foreign: number): void {
    this.isResting = true;
    this.deadline = deadline;
    this.foreign = foreign;
    this.clock.consider();
  }

  close(): void {
    this.forget?.();
    this.clock.disconnect(this);
  }

  /** The clock has reached the deadline. Virtual hours of jumps in a row must not starve the host (rule L4). */
  timeHasCome(): void {
    if (performance.now() - this.hostTurnAt >= SLICE) this.later();
    else this.soon();
  }

  private readonly afterHost = (): void => {
    this.hostTurnAt = performance.now();
    this.soon();
  };
}

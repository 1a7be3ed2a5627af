/**
 * A clock that stands still while anything runs, and jumps to the next deadline when every task is parked: a
 * program that sleeps for an hour takes no time, and takes none in exactly the same order each time.
 *
 * While a foreign wait is open (a promise, a callback) the clock does not jump: what comes from outside takes
 * real time, and how much is nobody's business here (rule L8).
 */
import type { Backend, Connection } from '../kernel/backend.js';

/** Real milliseconds of jumps in a row before the host gets a turn: virtual hours must not starve it (rule L4). */
const SLICE = 2;

const settled = Promise.resolve();

export class VirtualBackend implements Backend {
  readonly name = 'virtual';
  private time = 0;

  now(): number {
    return this.time;
  }

  /** Puts the clock forward; it never goes back. */
  jumpTo(time: number): void {
    if (time > this.time) this.time = time;
  }

  connect(turn: () => void): Connection {
    return new VirtualConnection(this, turn);
  }
}

class VirtualConnection implements Connection {
  private readonly clock: VirtualBackend;
  private readonly turn: () => void;
  /** When the host last had a turn, on the real clock. */
  private hostTurnAt = performance.now();

  constructor(clock: VirtualBackend, turn: () => void) {
    this.clock = clock;
    this.turn = turn;
  }

  soon(): void {
    void settled.then(this.turn);
  }

  later(): void {
    // Whichever the host has: setTimeout alone would wait a millisecond and more.
    if (typeof setImmediate === 'function') setImmediate(this.afterHost);
    else setTimeout(this.afterHost, 0);
  }

  idle(deadline: number, foreign: number): void {
    if (foreign > 0 || deadline === Infinity) return;
    this.clock.jumpTo(deadline);
    if (performance.now() - this.hostTurnAt >= SLICE) this.later();
    else this.soon();
  }

  close(): void {}

  private readonly afterHost = (): void => {
    this.hostTurnAt = performance.now();
    this.turn();
  };
}

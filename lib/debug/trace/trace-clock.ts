/** The time of traces: microseconds, and no two events at the same one. */
import type { Backend } from '../../kernel/backend.js';

/** Microseconds between two events at least: a slice encloses what happened in it. */
const TICK = 0.001;
const VIRTUAL_TICK = 1;

/** A clock that never stands still: of two events the later one has the greater time. */
export class TraceClock {
  private readonly read: () => number;
  private readonly tick: number;
  private last = 0;

  constructor(read: () => number, tick: number) {
    this.read = read;
    this.tick = tick;
  }

  /** Microseconds. */
  now(): number {
    const time = Math.max(this.read() * 1000, this.last + this.tick);
    this.last = Math.round(time * 1000) / 1000;
    return this.last;
  }

  /** The clock of a run; undefined: that of the host. A virtual one stands still, so an event takes longer there. */
  static of(backend: Backend | undefined): TraceClock {
    if (backend === undefined) return new TraceClock(() => performance.now(), TICK);
    return new TraceClock(() => backend.now(), backend.name === 'virtual' ? VIRTUAL_TICK : TICK);
  }
}

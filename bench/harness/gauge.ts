/** What a measuring process reads, and the stretch between two readings. */
import { performance } from 'node:perf_hooks';
import type { Measure, Stopwatch } from './contract.js';

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('measuring the heap needs --expose-gc');
  // Twice: what the first collection finalises, the second one frees.
  globalThis.gc();
  globalThis.gc();
}

/** Readings are in the unit of the measure: nanoseconds, or bytes. */
export function gaugeFor(measure: Measure): () => number {
  switch (measure) {
    case 'wall':
      return () => performance.now() * 1e6;
    case 'cpu':
      return () => {
        const { user, system } = process.cpuUsage();
        return (user + system) * 1e3;
      };
    case 'heap':
      return () => {
        collect();
        return process.memoryUsage().heapUsed;
      };
    case 'import':
    case 'bundle':
      // Measured once, outside of the samples: see worker.ts.
      return () => 0;
  }
}

export class Watch implements Stopwatch {
  readonly #gauge: () => number;
  #started: number | undefined;
  #stopped: number | undefined;

  constructor(gauge: () => number) {
    this.#gauge = gauge;
  }

  start(): void {
    if (this.#started !== undefined) throw new Error('the watch was started twice');
    this.#started = this.#gauge();
  }

  stop(): void {
    if (this.#started === undefined || this.#stopped !== undefined)
      throw new Error('the watch is not running');
    this.#stopped = this.#gauge();
  }

  /** The stretch the sample marked, or else the one that began at `from`. */
  elapsed(from: number): number {
    if (this.#started === undefined) return this.#gauge() - from;
    if (this.#stopped === undefined) throw new Error('the watch was started and never stopped');
    return this.#stopped - this.#started;
  }
}

/** About 2 ms of integer arithmetic that no compiler can leave out; gives the milliseconds that it took. */
export function calibrate(): number {
  const start = performance.now();
  let x = 123456789;
  for (let i = 0; i < 1_000_000; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  const elapsed = performance.now() - start;
  if (x === 0) throw new Error('xorshift never gives zero');
  return elapsed;
}

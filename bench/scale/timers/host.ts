import { createHistogram } from 'node:perf_hooks';
import { answer } from '../../programs/support/commands.js';
import type { Timers } from './contract.js';

export interface TimersJob {
  readonly timers: number;
  readonly delay: number;
  readonly seconds: number;
}

export interface TimersReport {
  readonly fired: number;
  /** Milliseconds. */
  readonly arming: number;
  /** Timers that fired before their time, and by how much at most. */
  readonly early: number;
  readonly earliest: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const BUSY_LOOPS = 10;
const WORK_ROUNDS = 2000;

/** A few microseconds of arithmetic. */
function work(): void {
  let x = 123456789;
  for (let i = 0; i < WORK_ROUNDS; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  if (x === 0) throw new Error('xorshift never gives zero');
}

const { default: timers } = (await import(process.argv[2] ?? '')) as { default: Timers };

const commands = {
  async timers(job: TimersJob): Promise<TimersReport> {
    const histogram = createHistogram();
    const begin = performance.now();
    let [arming, fired, early, earliest] = [0, 0, 0, 0];
    await timers({
      ...job,
      busy: BUSY_LOOPS,
      work,
      armed() {
        arming = performance.now() - begin;
      },
      fired(lateness) {
        fired++;
        if (lateness < 0) {
          early++;
          earliest = Math.min(earliest, lateness);
        }
        histogram.record(Math.max(1, Math.round(lateness * 1e6)));
      },
    });
    const at = (percent: number) => histogram.percentile(percent) / 1e6;
    return {
      fired,
      arming,
      early,
      earliest,
      p50: at(50),
      p99: at(99),
      p999: at(99.9),
      max: histogram.max / 1e6,
    };
  },
};

export type HostCommands = typeof commands;

answer(commands);

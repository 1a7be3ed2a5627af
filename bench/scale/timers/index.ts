/** A million armed timers while other tasks keep the loop busy: how late do they fire? */
import { NO_FILES, type Program, type Size } from '../../programs/contract.js';
import { Child } from '../../programs/support/child.js';
import { expectEqual, type Figures, figure } from '../../programs/support/figures.js';
import type { HostCommands, TimersJob } from './host.js';

const JOBS: Readonly<Record<Size, TimersJob>> = {
  quick: { timers: 1000, delay: 1000, seconds: 0.2 },
  full: { timers: 1_000_000, delay: 10_000, seconds: 20 },
};
/** Node needs that long, in milliseconds, to arm so many with as many different delays. */
const NATIVE_DELAY = 40_000;

const program: Program = {
  name: 'timers',
  title: 'Armed timers under load',
  systems: ['treadle', 'native'],
  files: NO_FILES,
  async measure(system, size, tools): Promise<Figures> {
    const job = { ...JOBS[size] };
    if (system === 'native' && size === 'full') job.delay = NATIVE_DELAY;
    await using child = new Child<HostCommands>(tools.script('scale/timers/host'), {
      node: tools.node,
      flags: ['--max-old-space-size=8000'],
      args: [tools.script(`scale/timers/${system}`)],
    });
    const report = await child.ask('timers', job);
    expectEqual('timers fired', report.fired, job.timers);
    if (system === 'treadle') expectEqual('timers fired too early', report.early, 0);
    if (report.arming > job.delay)
      throw new Error(`arming took ${report.arming} ms: some were due meanwhile`);
    return [
      figure('timers', job.timers),
      figure('time to arm all', report.arming, 'ms'),
      figure('lateness p50', report.p50, 'ms'),
      figure('lateness p99', report.p99, 'ms'),
      figure('lateness p99.9', report.p999, 'ms'),
      figure('lateness at most', report.max, 'ms'),
      figure('timers fired too early', report.early),
    ];
  },
  notes: [
    'Target: p99 below the fairness slice plus one millisecond, that is 3 ms.',
    'The load of `native` waits for `setImmediate`: if it waited for promises no timer would ever fire.',
  ],
};
export default program;

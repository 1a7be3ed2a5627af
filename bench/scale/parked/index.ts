/** A million parked tasks: what they hold, what it takes to spawn them, and to cancel them all. Is it linear? */
import { NO_FILES, type Program, type Size, type Tools } from '../../programs/contract.js';
import { Child } from '../../programs/support/child.js';
import { expectEqual, type Figures, figure } from '../../programs/support/figures.js';
import type { Parked } from './contract.js';
import type { HostCommands } from './host.js';

const SIZES: Readonly<Record<Size, readonly number[]>> = {
  quick: [1000],
  full: [1_000_000, 100_000, 10_000],
};

async function park(system: string, n: number, tools: Tools): Promise<Parked> {
  await using child = new Child<HostCommands>(tools.script('scale/parked/host'), {
    node: tools.node,
    flags: ['--expose-gc', '--max-old-space-size=8000'],
    args: [tools.script(`scale/parked/${system}`)],
  });
  const parked = await child.ask('park', n);
  expectEqual('tasks unwound', parked.unwound, n);
  return parked;
}

const program: Program = {
  name: 'parked',
  title: 'Parked tasks',
  systems: ['treadle', 'native'],
  files: NO_FILES,
  async measure(system, size, tools): Promise<Figures> {
    const figures: Figures[] = [];
    for (const n of SIZES[size]) {
      const { spawning, heap, cancelling } = await park(system, n, tools);
      figures.push([
        figure(`${n.toLocaleString('en')} tasks: time to spawn`, spawning, 'ms'),
        figure(`${n.toLocaleString('en')} tasks: each`, (spawning / n) * 1e6, 'ns'),
        figure(`${n.toLocaleString('en')} tasks: heap of each`, heap / n, 'B'),
        figure(`${n.toLocaleString('en')} tasks: time to cancel`, cancelling, 'ms'),
        figure(`${n.toLocaleString('en')} tasks: each to cancel`, (cancelling / n) * 1e6, 'ns'),
      ]);
    }
    return figures.flat();
  },
  notes: ['Native promises cannot be cancelled: there each one is rejected by hand, with one shared error.'],
};
export default program;

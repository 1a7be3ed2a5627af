/** Ten million children one after the other in one group: it must hold no more after them than before. */
import { NO_FILES, type Program, type Size } from '../../programs/contract.js';
import { Child } from '../../programs/support/child.js';
import { expectEqual, type Figures, figure } from '../../programs/support/figures.js';
import type { HostCommands } from './host.js';

const SIZES: Readonly<Record<Size, number>> = { quick: 200_000, full: 10_000_000 };
/** Bytes between the first reading and the last. One kept per child would be far more, at either size. */
const FLAT = 500_000;

const program: Program = {
  name: 'sequential',
  title: 'Children one after the other',
  systems: ['treadle', 'native'],
  files: NO_FILES,
  async measure(system, size, tools): Promise<Figures> {
    const n = SIZES[size];
    await using child = new Child<HostCommands>(tools.script('scale/sequential/host'), {
      node: tools.node,
      flags: ['--expose-gc'],
      args: [tools.script(`scale/sequential/${system}`)],
    });
    const { sum, seconds, heaps } = await child.ask('sequence', n);
    expectEqual('the sum', sum, n / 2);
    const [first = Number.NaN, last = Number.NaN] = [heaps[0], heaps.at(-1)];
    if (!(last - first < FLAT))
      throw new Error(`the heap grew by ${last - first} bytes: ${heaps.join(', ')}`);
    return [
      figure('children', n),
      figure('time', seconds, 's'),
      figure('time per child', (seconds / n) * 1e9, 'ns'),
      figure('heap after a tenth', first / 1e6, 'MB'),
      figure('heap at the end', last / 1e6, 'MB'),
      figure('difference', last - first, 'B'),
    ];
  },
  notes: [],
};
export default program;

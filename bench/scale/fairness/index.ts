/** A thousand tasks play ping-pong for ever. Is an HTTP server in the same process still heard? */
import { NO_FILES, type Program, type Size } from '../../programs/contract.js';
import { Child } from '../../programs/support/child.js';
import { expectEqual, type Figures, figure } from '../../programs/support/figures.js';
import type { ClientCommands } from './client.js';
import type { HostCommands } from './host.js';

interface Plan {
  readonly pings: number;
  /** Milliseconds after which nobody waits any more for an answer of promises. */
  readonly limit: number;
}

const PLANS: Readonly<Record<Size, Plan>> = {
  quick: { pings: 20, limit: 600 },
  full: { pings: 2000, limit: 5000 },
};

const PAIRS = 500;
const AMPLE_MS = 60_000;

const program: Program = {
  name: 'fairness',
  title: 'An HTTP ping while 1,000 tasks play ping-pong',
  systems: ['treadle', 'native'],
  files: NO_FILES,
  async measure(system, size, tools): Promise<Figures> {
    const { pings, limit } = PLANS[size];
    await using server = new Child<HostCommands>(tools.script('scale/fairness/host'), {
      node: tools.node,
      args: [tools.script(`scale/fairness/${system}`)],
    });
    await using client = new Child<ClientCommands>(tools.script('scale/fairness/client'), {
      node: tools.node,
    });
    const port = await server.ask('start', PAIRS);
    const isFair = system === 'treadle';
    const report = await client.ask('ping', port, pings, isFair ? AMPLE_MS : limit);
    expectEqual('pings answered', report.answered, isFair ? pings : 0);
    if (isFair && report.turns === 0) throw new Error('nobody played');
    return [
      figure('pings answered', report.answered),
      figure('answered after: p50', report.p50, 'ms'),
      figure('answered after: p99', report.p99, 'ms'),
      figure('answered after, at most', report.max, 'ms'),
      figure('round trips of the game meanwhile', report.turns),
    ];
  },
  notes: [
    'The loop gives the host a turn at least every 8 ms.',
    'Promises that wait for one another never let it have one: nobody was answered within five seconds.',
  ],
};
export default program;

import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** Far away: it never fires. */
export const TIMEOUT = 10_000;

/**
 * A timeout armed round an operation that completes at once, n times in a row: the usual fate of a timeout. The
 * operation returns without suspending; what the timeout itself makes the caller wait for is part of its cost.
 */
const workload: Workload = {
  row: '10b',
  name: 'timeout',
  code: 'timeout',
  title: 'n timeouts armed round an operation that completes at once',
  operation: 'timeout',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native:race',
    'native:abort',
    'floor',
    'effection',
    'effect',
    'redux-saga',
    'rxjs',
  ],
  size: { n: 20_000, depth: 0 },
  quick: { n: 20, depth: 0 },
  smaller: { effection: { n: 2_000, depth: 0 } },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  baseline: { system: 'native:race' },
  targets: { 'treadle:yield': 0.5, 'treadle:yield*': 0.5 },
};
export default workload;

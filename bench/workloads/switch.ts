import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** What one suspension costs when there is nobody else to run: the trip through the run queue and back. */
const workload: Workload = {
  row: '1',
  name: 'switch',
  code: 'switch',
  title: 'one task, n suspensions at a ready point',
  operation: 'suspension',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'floor',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
    'co',
  ],
  size: { n: 200_000, depth: 0 },
  quick: { n: 50, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  readyPoints: ({ n }) => n,
  targets: { 'treadle:yield': 0.75, 'treadle:yield*': 0.9 },
};
export default workload;

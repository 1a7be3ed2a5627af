import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

export const TASKS = 100;

/** The same switch with a queue in it: 100 tasks take turns, n suspensions in all. */
const workload: Workload = {
  row: '2',
  name: 'switch100',
  code: 'switch100',
  title: '100 tasks round-robin, n suspensions in all',
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
  quick: { n: 500, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => (TASKS * sumBelow(n / TASKS)) | 0,
  readyPoints: ({ n }) => n,
  targets: { 'treadle:yield': 0.7, 'treadle:yield*': 0.7 },
};
export default workload;

import type { Workload } from '../harness/contract.js';

/**
 * The way down and up again: a chain of `depth` calls with one suspension at the bottom; each frame adds one on the way
 * back. Chains are repeated until n frames have been entered and left.
 */
const workload: Workload = {
  row: '9a',
  name: 'deepcall',
  code: 'deepcall',
  title: 'chains of 1,000 calls with one suspension, n frames in all',
  operation: 'frame',
  measure: 'wall',
  systems: [
    'treadle:call',
    'treadle:coroutine',
    'treadle:delegate',
    'native',
    'floor',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
    'co',
  ],
  size: { n: 200_000, depth: 1_000 },
  quick: { n: 200, depth: 100 },
  smaller: { 'redux-saga': { n: 40_000, depth: 400 } },
  operations: ({ n }) => n,
  checksum: ({ n }) => n,
  readyPoints: ({ n, depth }) => n / depth,
  targets: { 'treadle:call': 0.9 },
  notes: ['redux-saga overflows the JavaScript stack in chains of 1,000: in 9a its chains are 400 long.'],
};
export default workload;

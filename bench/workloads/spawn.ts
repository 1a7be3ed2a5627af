import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** A group of n children; each suspends once and returns its number, and the numbers are read off afterwards. */
const workload: Workload = {
  row: '3a',
  name: 'spawn',
  code: 'spawn',
  title: 'a group of n children, each suspends once and returns',
  operation: 'child',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor',
    'floor-structured:yield',
    'floor-structured:yield*',
    'floor-structured:slices',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
    'co',
  ],
  size: { n: 20_000, depth: 0 },
  quick: { n: 50, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  readyPoints: ({ n }) => n,
  smaller: { effection: { n: 5_000, depth: 0 } },
  growth: {
    sizes: [100, 1_000, 10_000, 100_000],
    systems: [
      'treadle:yield',
      'native',
      'native-structured',
      'floor',
      'effection',
      'effect:promise',
      'redux-saga',
    ],
    limits: { effection: 10_000, 'redux-saga': 10_000 },
  },
  targets: { 'treadle:yield': 0.75, 'treadle:yield*': 0.75 },
};
export default workload;

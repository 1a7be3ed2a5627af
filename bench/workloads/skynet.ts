import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** Every inner node is a group of ten. */
export const FAN_OUT = 10;

/**
 * A ten-ary tree of groups, `depth` levels down to n leaves. A leaf is a task of its own that suspends once and returns
 * its number; a node returns the sum of its children.
 */
const workload: Workload = {
  row: '4',
  name: 'skynet',
  code: 'skynet',
  title: 'ten-ary tree of groups down to n leaves, sum returned',
  operation: 'leaf',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor',
    'floor-structured',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
    'co',
  ],
  size: { n: 1_000_000, depth: 6 },
  quick: { n: 100, depth: 2 },
  smaller: {
    'native-structured': { n: 100_000, depth: 5 },
    effection: { n: 1_000, depth: 3 },
    'effect:promise': { n: 100_000, depth: 5 },
    'effect:yieldNow': { n: 100_000, depth: 5 },
    'redux-saga': { n: 10_000, depth: 4 },
    co: { n: 100_000, depth: 5 },
  },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  readyPoints: ({ n }) => n,
  targets: { 'treadle:yield': 0.6, 'treadle:yield*': 0.6 },
};
export default workload;

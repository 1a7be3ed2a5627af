import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** One child at a time: it is spawned, suspends once, returns its number, and is joined before the next. */
const workload: Workload = {
  row: '3c',
  name: 'spawn-join',
  code: 'spawn-join',
  title: 'spawn and join n children, one at a time',
  operation: 'child',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor:yield',
    'floor:yield*',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
  ],
  size: { n: 50_000, depth: 0 },
  quick: { n: 50, depth: 0 },
  smaller: { effection: { n: 5_000, depth: 0 } },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  readyPoints: ({ n }) => n,
  targets: { 'treadle:yield': 1.7, 'treadle:yield*': 1.7 },
};
export default workload;

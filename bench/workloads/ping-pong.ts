import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** Two tasks send a number to and fro over two streams with room for one item, which never fill. */
const workload: Workload = {
  row: '5',
  name: 'ping-pong',
  code: 'ping-pong',
  title: 'two tasks, two bounded(1) streams, n round trips',
  operation: 'round trip',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor:yield',
    'floor:yield*',
    'effection',
    'effect',
    'redux-saga',
  ],
  size: { n: 100_000, depth: 0 },
  quick: { n: 50, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  targets: { 'treadle:yield': 0.75, 'treadle:yield*': 0.75 },
};
export default workload;

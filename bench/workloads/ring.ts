import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

export const RING = 503;

/**
 * 503 tasks in a ring pass a token that counts its hops. Each waits in its own mailbox for one value and puts the next
 * into its neighbour's; a token that comes before anybody waits for it is kept. The mailbox is what
 * the system has for "another task will give me a value": in Treadle a primitive on the fair queue of `treadle/lowlevel`, as
 * its own are, in native code a promise with its resolver kept, and so on. `treadle:suspend` makes it of callbacks, as one
 * waits for something that is no Treadle; `treadle:stream` takes a bounded(1) stream. The n-th receiver keeps the token.
 */
const workload: Workload = {
  row: '7',
  name: 'ring',
  code: 'ring',
  title: '503 tasks pass a token n times',
  operation: 'hop',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'treadle:suspend',
    'treadle:stream',
    'native',
    'native-structured',
    'floor:yield',
    'floor:yield*',
    'effection',
    'effect',
    'redux-saga',
  ],
  size: { n: RING * 200, depth: 0 },
  quick: { n: RING * 2, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  targets: { 'treadle:yield': 0.65, 'treadle:yield*': 0.65 },
};
export default workload;

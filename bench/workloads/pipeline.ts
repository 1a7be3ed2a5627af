import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** Workers between the two streams. */
export const WORKERS = 8;
/** Room in each stream. */
export const ROOM = 100;

/** One task makes items, eight pass them on, one collects them. */
const workload: Workload = {
  row: '6',
  name: 'pipeline',
  code: 'pipeline',
  title: 'producer, bounded(100), 8 workers, bounded(100), collector: n items',
  operation: 'item',
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
  quick: { n: 400, depth: 0 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  targets: { 'treadle:yield': 0.7, 'treadle:yield*': 0.7 },
};
export default workload;

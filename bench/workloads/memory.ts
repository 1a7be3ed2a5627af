import type { Workload } from '../harness/contract.js';

/**
 * Live heap per task: n tasks in one group, each parked at its first suspension; the heap is read, fully collected,
 * before the first spawn and after the last task has parked. What the program itself keeps for each task is part of the
 * figure: everywhere a place in an array of tasks, in native code also the promise's resolver, without which a parked
 * async function is garbage. The plain native system has no group round its tasks. Treadle has two forms: tasks that
 * sleep until they are cancelled, and tasks each of which can be woken by its own `resume`.
 */
const workload: Workload = {
  row: '12',
  name: 'memory',
  code: 'memory',
  title: 'n tasks parked in a group',
  operation: 'parked task',
  measure: 'heap',
  systems: [
    'treadle:sleep',
    'treadle:suspend',
    'native',
    'native-structured',
    'floor',
    'effection',
    'effect',
    'redux-saga',
  ],
  size: { n: 50_000, depth: 0 },
  quick: { n: 100, depth: 0 },
  smaller: { effection: { n: 5_000, depth: 0 }, 'redux-saga': { n: 10_000, depth: 0 } },
  operations: ({ n }) => n,
  checksum: ({ n }) => n,
  targets: { 'treadle:sleep': 450, 'treadle:suspend': 450 },
  absolute: true,
};
export default workload;

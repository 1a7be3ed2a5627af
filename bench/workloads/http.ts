import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/**
 * A server of `node:http`: each request is a task of its own, which suspends twice at a ready point and answers with a
 * small JSON object. The load comes from another process, over `depth` keep-alive connections. Counted is the CPU time
 * of the server's process.
 *
 * Treadle has two forms: the listener starts the task in a group it holds (`group`), or asks a portal for it, which
 * gives a promise (`portal`). The floor is a handler that answers at once.
 */
const workload: Workload = {
  row: '14',
  name: 'http',
  code: 'http',
  title: 'node:http, a task per request, two ready waits, JSON: CPU time of the server',
  operation: 'request (CPU time)',
  measure: 'cpu',
  systems: [
    'treadle:group',
    'treadle:portal',
    'native',
    'native-structured',
    'floor',
    'effection',
    'effect:promise',
    'effect:yieldNow',
    'redux-saga',
  ],
  size: { n: 5_000, depth: 50 },
  quick: { n: 20, depth: 4 },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  readyPoints: ({ n }) => 2 * n,
  targets: { 'treadle:group': 1.1 },
};
export default workload;

import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** Suspensions made at the bottom of one recursion. */
export const SUSPENSIONS = 100;

/**
 * The recursion of Effection's own suite: go `depth` calls down, suspend a hundred times there, come up again; as often
 * as it takes to make n suspensions. Treadle does it by `call`, whose frames the task keeps on a stack of its own, and
 * for comparison by JavaScript's delegation (`yield*` into the generator), where each resume passes every frame.
 */
const workload: Workload = {
  row: '8a',
  name: 'deep10',
  code: 'deep',
  title: '100 suspensions under 10 frames, n in all',
  operation: 'suspension',
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
    'rxjs',
  ],
  size: { n: 200_000, depth: 10 },
  quick: { n: 200, depth: 10 },
  operations: ({ n }) => n,
  checksum: ({ n }) => ((n / SUSPENSIONS) * sumBelow(SUSPENSIONS)) | 0,
  readyPoints: ({ n }) => n,
  targets: { 'treadle:call': 0.65 },
};
export default workload;

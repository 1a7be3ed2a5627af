import type { Workload } from '../harness/contract.js';
import spawn from './spawn.js';

// The curve is that of the smaller one.
const { growth: _, ...same } = spawn;

/** Large enough that the children outlive the young generation: what a task weighs starts to tell. */
const workload: Workload = {
  ...same,
  row: '3b',
  name: 'spawn-200k',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor',
    'floor-structured:yield',
    'floor-structured:yield*',
    'floor-structured:slices',
    'effect:promise',
    'effect:yieldNow',
  ],
  size: { n: 200_000, depth: 0 },
  quick: { n: 200, depth: 0 },
  notes: [
    'effection and redux-saga are left out of 3b: a child costs them more the more there are, minutes a sample.',
  ],
};
export default workload;

import { sumBelow } from '../harness/checksum.js';
import type { Workload } from '../harness/contract.js';

/** 0 to 49 ms, in no order. */
export function delayOf(i: number): number {
  return (i * 7919) % 50;
}

/**
 * n tasks in a group sleep up to 50 ms each, all at once. Counted is CPU time, for wall time is mostly waiting: arming,
 * firing and waking, and whatever the host spends on its own timers.
 */
const workload: Workload = {
  row: '10a',
  name: 'timers',
  code: 'timers',
  title: 'n tasks sleep (i·7919) % 50 ms',
  operation: 'sleep (CPU time)',
  measure: 'cpu',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor',
    'floor-structured',
    'effection',
    'effect',
    'redux-saga',
    'rxjs',
  ],
  size: { n: 100_000, depth: 0 },
  quick: { n: 100, depth: 0 },
  smaller: {
    'native-structured': { n: 10_000, depth: 0 },
    effection: { n: 10_000, depth: 0 },
    effect: { n: 20_000, depth: 0 },
    'redux-saga': { n: 10_000, depth: 0 },
  },
  operations: ({ n }) => n,
  checksum: ({ n }) => sumBelow(n),
  growth: {
    sizes: [1_000, 10_000, 100_000],
    systems: ['treadle:yield', 'native', 'native-structured', 'floor', 'effection', 'effect', 'redux-saga'],
    limits: { 'native-structured': 10_000, effection: 10_000, 'redux-saga': 10_000 },
  },
  targets: { 'treadle:yield': 0.15, 'treadle:yield*': 0.15 },
  notes: [
    '10a: native-structured can be cancelled, by listeners on one AbortSignal, and n of these cost n² to add and to remove: 10,000 for it.',
  ],
};
export default workload;

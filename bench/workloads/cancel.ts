import type { Workload } from '../harness/contract.js';

/**
 * n tasks are parked inside try/finally; one cancel, and all have unwound. Only that stretch is measured, not the
 * spawning. The checksum counts `finally` blocks that ran. Native code has no cancellation: there each task's own
 * promise is rejected by hand with one shared error, the least that can be done.
 *
 * The floors throw one shared error into each coroutine: behind a `yield` (`throw`) or a `yield*` (`throw*`), or out of a
 * group that keeps siblings and a queue, without a break (`burst`) or with a turn of the host every 8 ms (`slices`).
 */
const workload: Workload = {
  row: '11',
  name: 'cancel',
  code: 'cancel',
  title: 'n tasks parked in try/finally are cancelled and unwind',
  operation: 'task',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'native',
    'native-structured',
    'floor:throw',
    'floor:throw*',
    'floor:return',
    'floor-structured:burst',
    'floor-structured:slices',
    'effection',
    'effect',
    'redux-saga',
    'rxjs',
  ],
  size: { n: 20_000, depth: 0 },
  quick: { n: 50, depth: 0 },
  smaller: { effection: { n: 5_000, depth: 0 } },
  operations: ({ n }) => n,
  checksum: ({ n }) => n,
  growth: {
    sizes: [100, 1_000, 10_000, 100_000],
    systems: [
      'treadle:yield',
      'native',
      'native-structured',
      'floor:throw',
      'effection',
      'effect',
      'redux-saga',
    ],
    limits: { 'native-structured': 10_000, effection: 10_000, 'redux-saga': 10_000 },
  },
  notes: [
    '11: what n tasks cost native-structured grows with the square of n, for an AbortSignal compares each new listener with all it has. Its curve ends at 10,000.',
  ],
  targets: { 'treadle:yield': 0.9, 'treadle:yield*': 0.9 },
};
export default workload;

import type { Workload } from '../harness/contract.js';
import deepcall from './deepcall.js';

/** One chain, deeper than any JavaScript stack: per frame it should cost about what a short chain does. */
const workload: Workload = {
  ...deepcall,
  row: '9b',
  name: 'deepcall-100k',
  title: 'one chain of 100,000 calls',
  systems: ['treadle:call', 'treadle:coroutine', 'floor', 'effect:promise', 'effect:yieldNow'],
  size: { n: 100_000, depth: 100_000 },
  baseline: { workload: 'deepcall', system: 'native' },
  targets: { 'treadle:call': 5 },
  notes: [
    'native, effection and redux-saga overflow the JavaScript stack below 10,000 calls: ratios of 9b are to native at 1,000.',
  ],
};
export default workload;

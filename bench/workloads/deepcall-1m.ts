import type { Workload } from '../harness/contract.js';
import deepcall100k from './deepcall-100k.js';

/** That it works at all, in linear time. No target but to end. */
const workload: Workload = {
  ...deepcall100k,
  name: 'deepcall-1m',
  title: 'one chain of 1,000,000 calls',
  size: { n: 1_000_000, depth: 1_000_000 },
  targets: {},
  notes: [],
};
export default workload;

import type { Workload } from '../harness/contract.js';
import deep10 from './deep10.js';

/** At the depth Effection's suite uses. */
const workload: Workload = {
  ...deep10,
  row: '8b',
  name: 'deep100',
  title: '100 suspensions under 100 frames, n in all',
  size: { n: 200_000, depth: 100 },
  quick: { n: 200, depth: 100 },
  targets: { 'treadle:call': 0.7 },
};
export default workload;

import type { Workload } from '../harness/contract.js';
import http from './http.js';

/** The same load by the clock: requests answered a second are 1e9 divided by the figure. 0.98 of native's is 1.02. */
const workload: Workload = {
  ...http,
  name: 'http-throughput',
  title: 'the same: wall time, the load generator beside it',
  operation: 'request (wall time)',
  measure: 'wall',
  targets: { 'treadle:group': 1.02 },
};
export default workload;

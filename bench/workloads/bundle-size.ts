import type { Workload } from '../harness/contract.js';
import importTime from './import-time.js';

const workload: Workload = {
  ...importTime,
  name: 'bundle',
  title: 'bundle of a program with run, group and sleep: minified, gzip',
  operation: 'bundle',
  measure: 'bundle',
  targets: { treadle: 5_000 },
};
export default workload;

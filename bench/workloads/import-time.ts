import type { Workload } from '../harness/contract.js';

/**
 * What it costs to have the library at all: the time to import the package, as it is published, in a fresh process, and
 * the bundle of a program that runs two sleeping tasks in a group.
 */
const workload: Workload = {
  row: '15',
  name: 'import',
  code: 'library',
  title: 'import of the package in a fresh process',
  operation: 'import',
  measure: 'import',
  systems: ['treadle', 'effection', 'effect', 'redux-saga', 'rxjs'],
  size: { n: 1, depth: 0 },
  quick: { n: 1, depth: 0 },
  operations: () => 1,
  checksum: () => 3,
  targets: { treadle: 8e6 },
  absolute: true,
};
export default workload;

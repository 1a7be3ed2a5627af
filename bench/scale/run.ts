/** Runs what is about scale: `make bench-scale`, or `node --import tsx bench/scale/run.ts`. See ../README.md. */
import { runSuite } from '../programs/support/suite.js';
import fairness from './fairness/index.js';
import parked from './parked/index.js';
import sequential from './sequential/index.js';
import timers from './timers/index.js';

await runSuite('scale', ['programs', 'scale'], [parked, sequential, timers, fairness]);

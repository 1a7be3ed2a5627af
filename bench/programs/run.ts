/** Runs the whole programs: `make bench-programs`, or `node --import tsx bench/programs/run.ts`. See ../README.md. */
import { programs } from './programs.js';
import { runSuite } from './support/suite.js';

await runSuite('programs', ['programs'], programs);

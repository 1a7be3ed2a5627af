/**
 * The counted process: runs one implementation of one workload so many times, and measures nothing. What is around the
 * runs (starting Node, compiling) is the same for any number of them, so a count of many less a count of few is theirs.
 *
 *   valgrind … node repeat.js '<Job as JSON>' <runs>
 */
import type { Job } from './contract.js';
import { loadSample } from './load-sample.js';

const [, , text = '', runs] = process.argv;
const job = JSON.parse(text) as Job;
const sample = await loadSample(job);
const nobody = { start() {}, stop() {} };
for (let run = 0; run < Number(runs); run++) {
  const checksum = await sample(job.params, nobody);
  if (checksum !== job.checksum) throw new Error(`checksum ${checksum}, expected ${job.checksum}`);
}

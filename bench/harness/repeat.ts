/**
 * The counted process: runs one implementation of one workload so many times, and measures nothing. What is around the
 * runs (starting Node, compiling) is the same for any number of them, so a count of many less a count of few is theirs.
 *
 *   valgrind … node repeat.js '<Job as JSON>' <runs>
 */
import type { Implementation, Job } from './contract.js';

const [, , text = '', runs] = process.argv;
const job = JSON.parse(text) as Job;
const { default: implementation }: { default: Implementation } = await import(job.module);
const sample = typeof implementation === 'function' ? implementation : implementation[job.form ?? ''];
if (sample === undefined) throw new Error(`${job.module} has no form '${job.form}'`);
const nobody = { start() {}, stop() {} };
for (let run = 0; run < Number(runs); run++) {
  const checksum = await sample(job.params, nobody);
  if (checksum !== job.checksum) throw new Error(`checksum ${checksum}, expected ${job.checksum}`);
}

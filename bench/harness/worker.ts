/**
 * The measuring process: runs one implementation of one workload, and takes a sample whenever the runner asks for one.
 * What the two say to each other is in dialogue.ts.
 *
 *   node [--expose-gc] worker.js '[<Job as JSON>]' 3>&1
 *
 * Where only checksums matter (a job of no samples) it may be given several jobs, asks nobody, and writes an outcome for
 * each.
 *
 * Order matters here. The first run is the cold one and is taken before anything else has warmed the machine up; the
 * calibration loop comes after it. Warm-up goes on until the optimising compiler has had its chance (a number of runs
 * *and* a stretch of time), and only then is it ready for samples.
 *
 * A sample is as many runs as fill SAMPLE_MS. A run that allocates about as much as the young generation holds is fast
 * or slow by turns, as the collector happens to come; the median of such runs would be a matter of luck. A sample that
 * averages over several pays its share of collections.
 *
 * Between samples the process is blocked, and does not just wait: what a program may have left in the event loop must
 * not run while its neighbour is measured.
 */
import { readFileSync, readSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import type { Job, Report } from './contract.js';
import { type Answer, FINISH, type Outcome, SAMPLE } from './dialogue.js';
import { calibrate, gaugeFor, Watch } from './gauge.js';
import { loadSample } from './load-sample.js';

const WARM_UP_RUNS = 3;
const WARM_UP_MS = 300;
/** Runs this long have been compiled in the course of a single one. */
const WARM_UP_ENOUGH_MS = 1_000;
const SAMPLE_MS = 60;
const CALIBRATION_ROUNDS = 8;
const REQUESTS = 0;
const ANSWERS = 3;

function say(answer: Answer): void {
  writeSync(ANSWERS, `${JSON.stringify(answer)}\n`);
}

const byte = Buffer.alloc(1);

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether the runner wants one more sample. Ends the process if there is no runner any more. */
async function isAskedForMore(): Promise<boolean> {
  if (readSync(REQUESTS, byte) === 0) process.exit(1);
  const request = byte.toString('latin1');
  if (request !== SAMPLE && request !== FINISH) throw new Error(`the runner asked for '${request}'`);
  // What a program has left and has fallen due meanwhile is no part of the sample: a whole turn of the loop, from
  // wherever in one this is.
  await immediate();
  await immediate();
  return request === SAMPLE;
}

/** Answers requests by `sample`, and gives all that it has answered. */
async function sampleOnRequest(sample: () => number | Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  say({ ready: true });
  while (await isAskedForMore()) {
    const value = await sample();
    samples.push(value);
    say({ sample: value });
  }
  return samples;
}

async function measure(job: Job): Promise<Report> {
  const before = performance.now();
  const sample = await loadSample(job);
  const imported = (performance.now() - before) * 1e6;
  const gauge = gaugeFor(job.measure);

  async function once(): Promise<number> {
    const watch = new Watch(gauge);
    const from = gauge();
    const checksum = await sample(job.params, watch);
    const elapsed = watch.elapsed(from);
    if (checksum !== job.checksum) throw new Error(`checksum ${checksum}, expected ${job.checksum}`);
    return elapsed / job.operations;
  }

  async function average(runs: number): Promise<number> {
    let sum = 0;
    for (let run = 0; run < runs; run++) sum += await once();
    return sum / runs;
  }

  globalThis.readyPoints = 0;
  const cold = await once();
  if (job.readyPoints !== undefined && globalThis.readyPoints !== job.readyPoints)
    throw new Error(`${globalThis.readyPoints} suspensions at a ready point, expected ${job.readyPoints}`);
  if (job.samples === 0) return { cold, samples: [], calibration: [] };
  if (job.measure === 'import') {
    calibrate(); // the first one is compiled on its way
    const calibration = [calibrate()];
    return { cold: imported, samples: await sampleOnRequest(() => imported), calibration };
  }
  if (job.measure === 'bundle') {
    const size = gzipSync(readFileSync(job.module), { level: 9 }).length;
    return { cold: size, samples: await sampleOnRequest(() => size), calibration: [] };
  }

  calibrate();
  const calibration = [calibrate(), calibrate(), calibrate(), calibrate()];
  const warmUpStart = performance.now();
  let run = 1;
  for (let ms = 0; (run < WARM_UP_RUNS && ms < WARM_UP_ENOUGH_MS) || ms < WARM_UP_MS; run++) {
    await once();
    ms = performance.now() - warmUpStart;
  }
  const runMs = (performance.now() - warmUpStart) / (run - 1);
  // Live heap is no matter of chance: one run says it all.
  const runs = job.measure === 'heap' ? 1 : Math.ceil(SAMPLE_MS / runMs);

  const samples = await sampleOnRequest(() => average(runs));
  while (calibration.length < CALIBRATION_ROUNDS) calibration.push(calibrate());
  return { cold, samples, calibration };
}

const jobs: Job[] = JSON.parse(process.argv[2] ?? '');
for (const job of jobs) {
  const outcome: Outcome = await measure(job).then(
    (report) => ({ report }),
    (error: unknown) => ({
      failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    }),
  );
  say(outcome);
}

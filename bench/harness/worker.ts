/**
 * The measuring process: runs one implementation of one workload and writes its outcome, a line of JSON, to file
 * descriptor 3, for Node and the program itself may print what they like.
 *
 *   node [--expose-gc] worker.js '[<Job as JSON>]' 3>&1
 *
 * Where only checksums matter it may be given several jobs, and writes a line for each.
 *
 * Order matters here. The first run is the cold one and is taken before anything else has warmed the machine up; the
 * calibration loop comes after it. Warm-up goes on until the optimising compiler has had its chance (a number of runs
 * *and* a stretch of time), and only then are samples kept.
 *
 * A sample is as many runs as fill SAMPLE_MS. A run that allocates about as much as the young generation holds is fast
 * or slow by turns, as the collector happens to come; the median of such runs would be a matter of luck. A sample that
 * averages over several pays its share of collections.
 */
import { readFileSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import type { Job, Measure, Report } from './contract.js';
import { loadSample } from './load-sample.js';
import type { Outcome } from './process.js';

const WARM_UP_RUNS = 3;
const WARM_UP_MS = 300;
/** Runs this long have been compiled in the course of a single one. */
const WARM_UP_ENOUGH_MS = 1_000;
const SAMPLE_MS = 60;
const CALIBRATION_ROUNDS = 8;
const OUTCOMES = 3;

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('measuring the heap needs --expose-gc');
  // Twice: what the first collection finalises, the second one frees.
  globalThis.gc();
  globalThis.gc();
}

/** Readings are in the unit of the measure: nanoseconds, or bytes. */
function gaugeFor(measure: Measure): () => number {
  switch (measure) {
    case 'wall':
      return () => performance.now() * 1e6;
    case 'cpu':
      return () => {
        const { user, system } = process.cpuUsage();
        return (user + system) * 1e3;
      };
    case 'heap':
      return () => {
        collect();
        return process.memoryUsage().heapUsed;
      };
    case 'import':
    case 'bundle':
      // Measured once, outside of the samples: see below.
      return () => 0;
  }
}

class Watch {
  readonly #gauge: () => number;
  #started: number | undefined;
  #stopped: number | undefined;

  constructor(gauge: () => number) {
    this.#gauge = gauge;
  }

  start(): void {
    if (this.#started !== undefined) throw new Error('the watch was started twice');
    this.#started = this.#gauge();
  }

  stop(): void {
    if (this.#started === undefined || this.#stopped !== undefined)
      throw new Error('the watch is not running');
    this.#stopped = this.#gauge();
  }

  /** The stretch the sample marked, or else the one that began at `from`. */
  elapsed(from: number): number {
    if (this.#started === undefined) return this.#gauge() - from;
    if (this.#stopped === undefined) throw new Error('the watch was started and never stopped');
    return this.#stopped - this.#started;
  }
}

/** About 2 ms of integer arithmetic that no compiler can leave out. */
function calibrate(): number {
  const start = performance.now();
  let x = 123456789;
  for (let i = 0; i < 1_000_000; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  const elapsed = performance.now() - start;
  if (x === 0) throw new Error('xorshift never gives zero');
  return elapsed;
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
    return { cold: imported, samples: [imported], calibration: [calibrate()] };
  }
  if (job.measure === 'bundle') {
    const size = gzipSync(readFileSync(job.module), { level: 9 }).length;
    return { cold: size, samples: [size], calibration: [] };
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

  const samples: number[] = [];
  while (samples.length < job.samples) samples.push(await average(runs));
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
  writeSync(OUTCOMES, `${JSON.stringify(outcome)}\n`);
}

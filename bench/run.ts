/**
 * The benchmark runner: `make bench`, or `node --import tsx bench/run.ts`. See README.md beside this file.
 *
 * Every (workload, system) pair is measured in a fresh process, one process at a time. A round runs every pair once,
 * and within a workload the order of systems turns by one each round, so that no system always comes after the same
 * other one and slow changes of the machine hit all alike.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { buildAll, hasTreadle, implementationsOf, moduleOf, resultsDirectory } from './harness/build.js';
import type { Job, Report, Workload } from './harness/contract.js';
import { readOptions, selects, selectsSystem, systemName } from './harness/options.js';
import { measureInProcess } from './harness/process.js';
import { type Line, NOISY, type Section, table } from './harness/report.js';
import { type Figure, figureOf, noiseOf, ratioOf } from './harness/statistics.js';
import { workloads } from './workloads/index.js';

const options = readOptions(process.env);

/** One pair, and what its processes have said so far. */
interface Pair {
  readonly workload: Workload;
  readonly system: string;
  readonly job: Job;
  readonly reports: Report[];
  failure: string | undefined;
}

function pairOf(workload: Workload, system: string): Pair {
  const [name = system, form] = system.split(':');
  const params = options.quick ? workload.quick : (workload.smaller?.[system] ?? workload.size);
  const job: Job = {
    module: moduleOf(workload.code, name),
    form,
    measure: workload.measure === 'wall' ? options.clock : workload.measure,
    params,
    operations: workload.operations(params),
    checksum: workload.checksum(params),
    samples: options.samples,
  };
  return { workload, system, job, reports: [], failure: undefined };
}

function baselineOf(workload: Workload): { readonly name: string; readonly system: string } {
  return {
    name: workload.baseline?.workload ?? workload.name,
    system: workload.baseline?.system ?? 'native',
  };
}

/** What was asked for, and the baselines it is compared with. */
function choosePairs(): Pair[] {
  const chosen = workloads.filter((workload) => selects(options.only, workload));
  const baselines = options.quick ? [] : chosen.filter((workload) => !workload.absolute).map(baselineOf);
  const available = (system: string) => systemName(system) !== 'treadle' || hasTreadle();
  const pairs: Pair[] = [];
  for (const workload of workloads) {
    for (const system of workload.systems) {
      const asked = chosen.includes(workload) && selectsSystem(options.systems, system);
      const compared = baselines.some(
        ({ name, system: other }) => name === workload.name && other === system,
      );
      if ((asked || compared) && available(system)) pairs.push(pairOf(workload, system));
    }
  }
  return pairs;
}

/** A file no workload lists would never run, and rot. */
async function checkThatAllAreListed(): Promise<void> {
  const listed = new Set(
    workloads.flatMap(({ code, systems }) => systems.map((name) => `${code}/${systemName(name)}`)),
  );
  for (const code of new Set(workloads.map((workload) => workload.code))) {
    for (const system of await implementationsOf(code)) {
      if (!listed.has(`${code}/${system}`))
        throw new Error(`no workload lists workloads/${code}/${system}.ts`);
    }
  }
}

async function measurePair(pair: Pair): Promise<void> {
  if (pair.failure !== undefined) return;
  const outcome = await measureInProcess(options.node, options.nodeFlags, pair.job);
  if ('report' in outcome) pair.reports.push(outcome.report);
  else pair.failure = outcome.failure;
}

function turned(pairs: readonly Pair[], by: number): Pair[] {
  const start = by % Math.max(pairs.length, 1);
  return [...pairs.slice(start), ...pairs.slice(0, start)];
}

function schedule(pairs: readonly Pair[], round: number): Pair[] {
  return workloads.flatMap((workload) =>
    turned(
      pairs.filter((pair) => pair.workload === workload),
      round,
    ),
  );
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function measureAll(pairs: readonly Pair[]): Promise<void> {
  const order = Array.from({ length: options.rounds }, (_, round) => schedule(pairs, round)).flat();
  const start = Date.now();
  let done = 0;

  async function work(): Promise<void> {
    for (let pair = order.shift(); pair !== undefined; pair = order.shift()) {
      const left =
        done === 0 ? '' : `, ${Math.ceil(((Date.now() - start) / done) * (order.length + 1) * 0.001)} s left`;
      progress(`${done + 1} of ${done + order.length + 1}: ${pair.workload.name} ${pair.system}${left}`);
      await measurePair(pair);
      done++;
    }
  }

  // Times are taken one process at a time. Checksums can be looked at side by side.
  const workers = options.quick ? os.availableParallelism() : 1;
  await Promise.all(Array.from({ length: workers }, work));
  progress('');
}

function sectionsOf(pairs: readonly Pair[]): Section[] {
  const figures = new Map<Pair, Figure>();
  for (const pair of pairs) if (pair.reports.length > 0) figures.set(pair, figureOf(pair.reports));

  function lineOf(pair: Pair): Line {
    const { name, system } = baselineOf(pair.workload);
    const baseline = pairs.find((other) => other.workload.name === name && other.system === system);
    const figure = figures.get(pair);
    const reference = baseline === undefined ? undefined : figures.get(baseline);
    return {
      system: pair.system,
      params: pair.job.params,
      figure,
      ratio: figure === undefined || reference === undefined ? undefined : ratioOf(figure, reference),
      failure: pair.failure,
    };
  }

  return workloads
    .map((workload) => ({ workload, lines: pairs.filter((pair) => pair.workload === workload).map(lineOf) }))
    .filter(({ lines }) => lines.length > 0);
}

async function nodeVersion(): Promise<string> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    execFile(options.node, ['--version'], (error, output) =>
      resolve(error ? `unknown (${error.message})` : output.trim()),
    );
  });
}

async function environment(): Promise<Record<string, unknown>> {
  return {
    date: new Date().toISOString(),
    node: await nodeVersion(),
    platform: `${process.platform} ${process.arch}`,
    cpu: os.cpus()[0]?.model,
    cores: os.cpus().length,
    memory: os.totalmem(),
    load: os.loadavg(),
  };
}

/** The raw samples and the table; both carry the time, so that nothing is overwritten. */
async function keep(pairs: readonly Pair[], where: Record<string, unknown>, text: string): Promise<string> {
  const stamp = String(where['date']).replace(/[:.]/g, '-');
  const file = join(resultsDirectory, stamp);
  const raw = pairs.map(({ workload, system, job, reports, failure }) => {
    const { row, name, operation } = workload;
    return {
      row,
      workload: name,
      operation,
      system,
      measure: job.measure,
      params: job.params,
      failure,
      reports,
    };
  });
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(
    `${file}.json`,
    `${JSON.stringify({ environment: where, options, pairs: raw }, null, 1)}\n`,
  );
  await writeFile(`${file}.md`, `${text}\n`);
  return `${file}.json`;
}

function remarks(pairs: readonly Pair[], noise: number): string[] {
  const lines: string[] = [];
  for (const workload of new Set(pairs.map((pair) => pair.workload))) lines.push(...(workload.notes ?? []));
  if (!hasTreadle()) lines.push('There is no lib/index.ts: Treadle was not measured.');
  lines.push(`Noise of the machine (calibration loop, middle 80 %): ${Math.round(noise * 100)} %.`);
  if (noise > NOISY)
    lines.push('TOO NOISY: the machine was busy with other things; do not believe these figures.');
  const shaky = pairs.filter(({ reports }) => reports.length > 0 && figureOf(reports).spread > NOISY);
  if (shaky.length > 0) lines.push(`! Samples of ${shaky.length} pairs spread more than ${NOISY * 100} %.`);
  return lines;
}

await checkThatAllAreListed();
const pairs = choosePairs();
if (pairs.length === 0) throw new Error('nothing to measure: see ONLY and SYSTEMS');
await buildAll([...new Set(pairs.map(({ workload, system }) => `${workload.code}/${systemName(system)}`))]);
await measureAll(pairs);

const failed = pairs.filter((pair) => pair.failure !== undefined);
if (options.quick) {
  process.stdout.write(
    `${pairs.length - failed.length} of ${pairs.length} programs give the right checksum.\n`,
  );
} else {
  const where = await environment();
  const noise = noiseOf(
    pairs.flatMap(({ reports }) => reports.flatMap(({ calibration }) => [...calibration])),
  );
  const header = `Node ${where['node']}, ${where['cores']} × ${where['cpu']}, ${options.rounds} rounds, medians, ${options.clock} time`;
  const text = [header, '', table(sectionsOf(pairs)), '', ...remarks(pairs, noise)].join('\n');
  // Kept first: whoever pipes the output may close the pipe early.
  const file = await keep(pairs, where, text);
  process.stdout.write(`${text}\nRaw samples: ${file}\n`);
}
for (const { workload, system, failure } of failed) {
  process.stdout.write(`FAILED ${workload.name} ${system}: ${failure}\n`);
}
if (failed.length > 0) process.exitCode = 1;

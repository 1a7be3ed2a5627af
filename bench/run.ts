/**
 * The benchmark runner: `make bench`, or `node --import tsx bench/run.ts`. See README.md beside this file.
 *
 * Every (workload, system) pair is measured in a fresh process, one process at a time, several rounds. Where nothing
 * is measured (QUICK=1) processes are shared: all pairs of a system go through one, and two of these run side by side.
 */
import os from 'node:os';
import { buildAll, countedEntry, hasTreadle } from './harness/build.js';
import { observeEnvironment } from './harness/environment.js';
import { readOptions, systemName } from './harness/options.js';
import {
  baselineOf,
  checkThatAllAreListed,
  chooseGrowth,
  choosePairs,
  filesOf,
  type Pair,
  schedule,
} from './harness/pairs.js';
import { measureInProcess, type Outcome } from './harness/process.js';
import { Progress } from './harness/progress.js';
import {
  isPrepared,
  isReference,
  measureReference,
  prepareReferences,
  referenceVersions,
} from './harness/references.js';
import { colored, directoryOf, summary, writeReport, writeResults } from './harness/report.js';
import type { Results, WorkloadResult } from './harness/results.js';
import { mergeReports } from './harness/statistics.js';
import { workloads } from './workloads/index.js';

const options = readOptions(process.env);

function note(pair: Pair, outcome: Outcome): void {
  if ('report' in outcome) pair.reports.push(outcome.report);
  else pair.failure = outcome.failure;
}

/** A pair that fails is recorded and has no further rounds; the others go on. */
async function measurePair(pair: Pair): Promise<void> {
  if (pair.failure !== undefined) return;
  try {
    await measureOnce(pair);
  } catch (error) {
    pair.failure = String(error);
  }
}

async function measureOnce(pair: Pair): Promise<void> {
  const { job, system } = pair;
  if (isReference(system)) {
    note(pair, await measureReference(system, job));
    return;
  }
  // A package can be imported for the first time once a process.
  const processes = job.measure === 'import' ? Math.max(job.samples, 1) : 1;
  for (let i = 0; i < processes && pair.failure === undefined; i++) {
    const [outcome] = await measureInProcess(options.node, options.nodeFlags, [job]);
    note(pair, outcome ?? { failure: 'no outcome' });
  }
  if (processes > 1 && pair.failure === undefined)
    pair.reports.push(mergeReports(pair.reports.splice(-processes)));
}

/** `keep` is called after each measurement, with what there is by then. */
async function measureAll(order: readonly Pair[], keep: () => Promise<void>): Promise<void> {
  const progress = new Progress(order);
  for (const pair of order) {
    const name = `${pair.workload.name} ${pair.system}${pair.isGrowth ? ` n=${pair.job.params.n}` : ''}`;
    await progress.measure(pair, name, () => measurePair(pair));
    await keep();
  }
  progress.end();
}

/** All pairs of a system in one process. References are processes of their own anyway. */
async function checkAll(pairs: readonly Pair[]): Promise<void> {
  const batches = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const name = isReference(pair.system) ? `${pair.system} ${pair.workload.name}` : systemName(pair.system);
    batches.set(name, [...(batches.get(name) ?? []), pair]);
  }
  const left = [...batches.values()];

  async function work(): Promise<void> {
    for (let batch = left.shift(); batch !== undefined; batch = left.shift()) {
      const [first] = batch;
      if (first !== undefined && isReference(first.system)) {
        await measurePair(first);
        continue;
      }
      const jobs = batch.map(({ job }) => job);
      const outcomes = await measureInProcess(options.node, options.nodeFlags, jobs);
      for (const [index, outcome] of outcomes.entries()) note(batch[index]!, outcome);
    }
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
}

function resultsOf(pairs: readonly Pair[]): WorkloadResult[] {
  return workloads
    .map((workload) => ({
      row: workload.row,
      name: workload.name,
      title: workload.title,
      operation: workload.operation,
      measure: workload.measure === 'wall' ? options.clock : workload.measure,
      absolute: workload.absolute ?? false,
      baseline: baselineOf(workload),
      notes: workload.notes ?? [],
      pairs: pairs
        .filter((pair) => pair.workload === workload)
        .map(({ system, job, failure, reports }) => ({
          system,
          params: job.params,
          target: workload.targets[system] ?? null,
          failure: failure ?? null,
          reports,
        })),
    }))
    .filter((result) => result.pairs.length > 0);
}

await checkThatAllAreListed();
const chosen = choosePairs(options);
const skipped = await prepareReferences(new Set(chosen.map(({ system }) => system)));
if (!hasTreadle()) skipped.push('There is no lib/index.ts: Treadle was not measured.');
const pairs = chosen.filter(({ system }) => !isReference(system) || isPrepared(system));
const growth = chooseGrowth(options);
if (pairs.length === 0) throw new Error('nothing to measure: see ONLY and SYSTEMS');
const bundles = pairs.filter(({ workload }) => workload.measure === 'bundle');
await buildAll(filesOf([...pairs, ...growth]), filesOf(bundles), options.quick ? countedEntry : undefined);

if (options.quick) {
  await checkAll(pairs);
  const failed = pairs.filter((pair) => pair.failure !== undefined);
  for (const { workload, system, failure } of failed) {
    process.stdout.write(`FAILED ${workload.name} ${system}: ${failure}\n`);
  }
  for (const note of skipped) process.stdout.write(`${note}\n`);
  const right = pairs.length - failed.length;
  process.stdout.write(`${right} of ${pairs.length} programs do the work they should.\n`);
} else {
  const environment = await observeEnvironment(options, referenceVersions());
  const results = (): Results => ({
    environment: environment(),
    workloads: resultsOf(pairs),
    growth: resultsOf(growth),
    skipped,
  });
  const directory = directoryOf(results());
  // Curves want many points rather than certain ones.
  const order = [...schedule(pairs, options.rounds), ...schedule(growth, 1)];
  await measureAll(order, () => writeResults(results(), directory));
  // Kept first: whoever pipes the output may close the pipe early.
  await writeReport(results(), directory);
  process.stdout.write(`${colored(summary(results()))}\n\nResults, tables and plots: ${directory}\n`);
}
if ([...pairs, ...growth].some(({ failure }) => failure !== undefined)) process.exitCode = 1;

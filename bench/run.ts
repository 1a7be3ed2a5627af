/**
 * The benchmark runner: `make bench`, or `node --import tsx bench/run.ts`. See README.md beside this file.
 *
 * Every (workload, system) pair is measured in a fresh process, several rounds, and beside it, in lockstep, a fresh
 * process of its baseline (harness/lockstep.ts); at any time one process runs. Where nothing is measured (QUICK=1)
 * processes are shared: all pairs of a system go through one, and two of these run side by side.
 */
import os from 'node:os';
import { buildAll, countedEntry, hasTreadle } from './harness/build.js';
import { Complaint, runCommand } from './harness/complaint.js';
import { observeEnvironment } from './harness/environment.js';
import { measurePair } from './harness/measure.js';
import { type Options, readOptions, systemName } from './harness/options.js';
import {
  baselineOf,
  checkThatAllAreListed,
  chooseGrowth,
  choosePairs,
  filesOf,
  type Pair,
  schedule,
} from './harness/pairs.js';
import { checkInProcess } from './harness/process.js';
import { Progress } from './harness/progress.js';
import { isPrepared, isReference, prepareReferences, referenceVersions } from './harness/references.js';
import { colored, directoryOf, summary, writeReport, writeResults } from './harness/report.js';
import { FORMAT, type Results, type WorkloadResult } from './harness/results.js';
import { workloads } from './workloads/index.js';

/** What is measured, and how. */
interface Run {
  readonly pairs: readonly Pair[];
  readonly growth: readonly Pair[];
  readonly skipped: readonly string[];
  readonly options: Options;
}

/** `keep` is called after each measurement, with what there is by then. */
async function measureAll({ pairs, growth, options }: Run, keep: () => Promise<void>): Promise<void> {
  // Curves want many points rather than certain ones.
  const order = [...schedule(pairs, options.rounds), ...schedule(growth, 1)];
  const progress = new Progress(order);
  for (const pair of order) {
    const name = `${pair.workload.name} ${pair.system}${pair.isGrowth ? ` n=${pair.job.params.n}` : ''}`;
    await progress.measure(pair, name, () => measurePair(pair, pairs, options));
    await keep();
  }
  progress.end();
}

/** All pairs of a system in one process. References are processes of their own anyway. */
async function checkAll({ pairs, options }: Run): Promise<void> {
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
        await measurePair(first, pairs, options);
        continue;
      }
      const jobs = batch.map(({ job }) => job);
      const outcomes = await checkInProcess(options.node, options.nodeFlags, jobs);
      for (const [index, outcome] of outcomes.entries()) {
        if ('failure' in outcome) batch[index]!.failure = outcome.failure;
      }
    }
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
}

function resultsOf(pairs: readonly Pair[], clock: Options['clock']): WorkloadResult[] {
  return workloads
    .map((workload) => ({
      row: workload.row,
      name: workload.name,
      title: workload.title,
      operation: workload.operation,
      measure: workload.measure === 'wall' ? clock : workload.measure,
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

/** Says which programs do not do the work they should. */
async function check(run: Run): Promise<void> {
  await checkAll(run);
  const failed = run.pairs.filter((pair) => pair.failure !== undefined);
  for (const { workload, system, failure } of failed) {
    process.stdout.write(`FAILED ${workload.name} ${system}: ${failure}\n`);
  }
  for (const note of run.skipped) process.stdout.write(`${note}\n`);
  const right = run.pairs.length - failed.length;
  process.stdout.write(`${right} of ${run.pairs.length} programs do the work they should.\n`);
}

async function measure(run: Run): Promise<void> {
  const { pairs, growth, skipped, options } = run;
  const environment = await observeEnvironment(options, referenceVersions());
  const results = (): Results => ({
    format: FORMAT,
    environment: environment(),
    workloads: resultsOf(pairs, options.clock),
    growth: resultsOf(growth, options.clock),
    skipped,
  });
  const directory = directoryOf(results());
  await measureAll(run, () => writeResults(results(), directory));
  // Kept first: whoever pipes the output may close the pipe early.
  await writeReport(results(), directory);
  process.stdout.write(`${colored(summary(results()))}\n\nResults, tables and plots: ${directory}\n`);
}

await runCommand(async () => {
  const options = readOptions(process.env);
  await checkThatAllAreListed();
  const chosen = choosePairs(options);
  const skipped = await prepareReferences(new Set(chosen.map(({ system }) => system)));
  if (!hasTreadle()) skipped.push('There is no lib/index.ts: Treadle was not measured.');
  const pairs = chosen.filter(({ system }) => !isReference(system) || isPrepared(system));
  const growth = chooseGrowth(options);
  if (pairs.length === 0) throw new Complaint('nothing to measure: see ONLY and SYSTEMS');
  const bundles = pairs.filter(({ workload }) => workload.measure === 'bundle');
  await buildAll(filesOf([...pairs, ...growth]), filesOf(bundles), options.quick ? countedEntry : undefined);
  await (options.quick ? check : measure)({ pairs, growth, skipped, options });
  if ([...pairs, ...growth].some(({ failure }) => failure !== undefined)) process.exitCode = 1;
});

/**
 * Two states of Treadle against each other: `make bench-compare BASE=<commit>` measures lib/ at that commit and lib/ in
 * the working tree, and says what has changed beyond noise.
 *
 * Both run the same benchmark files, those of the working tree. Each round runs both once per workload, in fresh
 * processes and in lockstep (harness/lockstep.ts); the ratio of a round is the median of its samples' ratios. What counts
 * are the rounds, for samples of one process are no independent witnesses: two processes of one build differ too. A
 * permutation test on their ratios says how often chance alone would have put them as far from 1; with eight rounds that
 * can be as low as 1 in 128.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from 'simple-statistics';
import { checkOut } from './harness/base-tree.js';
import { buildAll, buildImplementations, moduleOf, outputDirectory, root } from './harness/build.js';
import { Complaint, runCommand } from './harness/complaint.js';
import type { Job } from './harness/contract.js';
import { measureBeside } from './harness/measure.js';
import { type Options, readOptions, systemName } from './harness/options.js';
import { choosePairs, filesOf, type Pair } from './harness/pairs.js';
import { chanceOf } from './harness/permutation.js';
import { Progress } from './harness/progress.js';
import { colored } from './harness/report.js';
import { figureOf, ratioOf } from './harness/statistics.js';
import { percent, quantity, table } from './harness/table.js';

/** With fewer, chance alone would do anything in more than 1 of 100 cases. */
const FEWEST_ROUNDS = 8;
/** A difference that chance brings about more rarely than this is taken for one. */
const CHANCE = 0.01;
/** Smaller ones are not worth a word even if they are real. */
const SMALLEST = 0.01;

/** One pair in both states: the reports of the later one have the other's beside them. */
interface Rivals {
  readonly before: Pair;
  readonly after: Pair;
}

/** @throws Complaint if they are not good for comparing. */
function compareOptions(env: NodeJS.ProcessEnv): Options {
  const settings = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  // Tiny sizes would compare what is around them.
  const options = readOptions({ ROUNDS: String(FEWEST_ROUNDS), SYSTEMS: 'treadle', ...settings, QUICK: '' });
  if (options.rounds < FEWEST_ROUNDS)
    throw new Complaint(
      `ROUNDS must be ${FEWEST_ROUNDS} or more to compare, not ${options.rounds}: with fewer nothing can be sure`,
    );
  return { ...options, growth: false };
}

function choose(options: Options): Pair[] {
  const own = choosePairs(options).filter(
    ({ system, workload }) =>
      systemName(system) === 'treadle' && workload.measure !== 'import' && workload.measure !== 'bundle',
  );
  if (own.length === 0) throw new Complaint('nothing to compare: see ONLY and SYSTEMS');
  return own;
}

/** What the commit cannot run, or the working tree, has no further rounds. */
async function measure(rivals: readonly Rivals[], options: Options): Promise<void> {
  const order = Array.from({ length: options.rounds }, () => rivals).flat();
  const progress = new Progress(order);
  for (const pair of order) {
    const { before, after } = pair;
    await progress.measure(pair, `${after.workload.name} ${after.system}`, async () => {
      if (before.failure === undefined && after.failure === undefined)
        await measureBeside(after, before, options);
    });
  }
  progress.end();
}

function signed(change: number): string {
  return `${change > 0 ? '+' : ''}${(change * 100).toFixed(1)} %`;
}

function row({ before, after }: Rivals): string[] {
  const { workload, system, job, reports } = after;
  const name = [workload.row, workload.name, system];
  if (before.failure !== undefined) return [...name, '–', '', '', '', `base fails: ${before.failure}`];
  const ratio = ratioOf(reports);
  if (after.failure !== undefined || ratio === undefined)
    return [...name, '', '–', '', '', `FAILED: ${after.failure}`];
  const old = figureOf(reports.flatMap(({ beside }) => beside ?? []));
  const chance = chanceOf(ratio.rounds.map(Math.log));
  const change = ratio.value - 1;
  const isReal = chance < CHANCE && Math.abs(change) >= SMALLEST;
  return [
    ...name,
    quantity(old.median, job.measure),
    quantity(figureOf(reports).median, job.measure),
    signed(change),
    `${signed(ratio.low - 1)} … ${signed(ratio.high - 1)}`,
    isReal ? (change < 0 ? 'better' : 'WORSE') : '',
  ];
}

function noiseOf(rivals: readonly Rivals[]): string {
  const spreads = rivals.flatMap(({ after }) => ratioOf(after.reports)?.spread ?? []);
  if (spreads.length === 0) return 'Nothing could be compared.';
  return `The ratios of neighbouring samples spread by ${percent(median(spreads))} in the middle case.`;
}

async function compare(base: string, own: readonly Pair[], directory: string, options: Options) {
  const baseBuild = join(outputDirectory, 'base');
  await buildAll(filesOf(own));
  await buildImplementations(filesOf(own), baseBuild, join(directory, 'lib/index.ts'));
  const rivals = own.map((after): Rivals => {
    const module = moduleOf(after.workload.code, systemName(after.system), baseBuild);
    const job: Job = { ...after.job, module };
    return { before: { ...after, job, reports: [] }, after };
  });
  await measure(rivals, options);
  const header = ['#', 'workload', 'system', base, 'now', 'change', 'rounds', ''];
  const text = [
    `${options.rounds} rounds, ${options.clock} time; better and WORSE: chance alone would do it in less than 1 % of cases.`,
    '',
    table(header, rivals.map(row), 3),
    '',
    noiseOf(rivals),
  ].join('\n');
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const file = join(root, 'bench/results', `compare-${stamp}`);
  await writeFile(`${file}.md`, `${text}\n`);
  const raw = rivals.map(({ before, after: { workload, system, reports, failure } }) => ({
    workload: workload.name,
    system,
    failure: failure ?? null,
    baseFailure: before.failure ?? null,
    reports,
  }));
  await writeFile(
    `${file}.json`,
    `${JSON.stringify({ base, rounds: options.rounds, pairs: raw }, null, 1)}\n`,
  );
  process.stdout.write(`${colored(text)}\n\n${file}.md; raw samples beside it\n`);
}

await runCommand(async () => {
  const base = process.env['BASE'];
  if (!base) throw new Complaint('compare with which commit? make bench-compare BASE=<commit>');
  const options = compareOptions(process.env);
  const own = choose(options);
  const directory = await checkOut(base);
  try {
    await compare(base, own, directory, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/**
 * Two states of Treadle against each other: `make bench-compare BASE=<commit>` measures lib/ at that commit and lib/ in
 * the working tree, and says what has changed beyond noise.
 *
 * Both run the same benchmark files, those of the working tree. Each round runs both once per workload, in fresh
 * processes, one right after the other and in turns first. What counts are the medians of the processes, for samples
 * of one process are no independent witnesses: a permutation test on their ranks says how often chance alone would have
 * put them as far apart. With six rounds that can be as low as 1 in 462.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median, permutationTest } from 'simple-statistics';
import { checkOut } from './harness/base-tree.js';
import { buildAll, buildImplementations, moduleOf, outputDirectory, root } from './harness/build.js';
import type { Job } from './harness/contract.js';
import { readOptions, systemName } from './harness/options.js';
import { choosePairs, filesOf, type Pair } from './harness/pairs.js';
import { measureInProcess } from './harness/process.js';
import { Progress } from './harness/progress.js';
import { colored } from './harness/report.js';
import { figureOf, ratioOf } from './harness/statistics.js';
import { percent, quantity, table } from './harness/table.js';

/** Fewer give no chance of being sure. */
const FEWEST_ROUNDS = 5;
const DEFAULT_ROUNDS = 6;
/** A difference that chance brings about more rarely than this is taken for one. */
const CHANCE = 0.01;
/** Smaller ones are not worth a word even if they are real. */
const SMALLEST = 0.01;
const PERMUTATIONS = 10_000;

const base = process.env['BASE'];
if (!base) throw new Error('compare with which commit? make bench-compare BASE=<commit>');
const options = readOptions({
  ROUNDS: String(DEFAULT_ROUNDS),
  SYSTEMS: 'treadle',
  ...definedOnly(process.env),
});
if (options.rounds < FEWEST_ROUNDS) throw new Error(`ROUNDS must be ${FEWEST_ROUNDS} or more to compare`);

function definedOnly(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

/** One pair in both states. */
interface Rivals {
  readonly before: Pair;
  readonly after: Pair;
}

async function run(pair: Pair): Promise<void> {
  if (pair.failure !== undefined) return;
  const [outcome] = await measureInProcess(options.node, options.nodeFlags, [pair.job]);
  if (outcome === undefined) pair.failure = 'no outcome';
  else if ('report' in outcome) pair.reports.push(outcome.report);
  else pair.failure = outcome.failure;
}

/** A generator of the same random numbers every time: the same samples get the same verdict. */
function seeded(): () => number {
  let x = 88172645;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

/** The place of each value among all of both: with these one outlier is no more than the last. */
function ranks(one: readonly number[], other: readonly number[]): [number[], number[]] {
  const sorted = [...one, ...other].sort((a, b) => a - b);
  const rank = (value: number) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2;
  return [one.map(rank), other.map(rank)];
}

function row({ before, after }: Rivals): string[] {
  const { workload, system, job } = after;
  const name = [workload.row, workload.name, system];
  if (before.failure !== undefined) return [...name, '–', '', '', '', `base fails: ${before.failure}`];
  if (after.failure !== undefined) return [...name, '', '–', '', '', `FAILED: ${after.failure}`];
  const old = figureOf(before.reports);
  const now = figureOf(after.reports);
  const chance = permutationTest(...ranks(old.rounds, now.rounds), 'two_side', PERMUTATIONS, seeded());
  const ratio = ratioOf(now, old);
  const change = (ratio?.value ?? 1) - 1;
  const isReal = chance < CHANCE && Math.abs(change) >= SMALLEST;
  const sign = change > 0 ? '+' : '';
  return [
    ...name,
    quantity(old.median, job.measure),
    quantity(now.median, job.measure),
    `${sign}${(change * 100).toFixed(1)} %`,
    `${percent((ratio?.low ?? 1) - 1)} … ${percent((ratio?.high ?? 1) - 1)}`,
    isReal ? (change < 0 ? 'better' : 'WORSE') : '',
  ];
}

const own = choosePairs({ ...options, growth: false }).filter(
  ({ system, workload }) =>
    systemName(system) === 'treadle' && workload.measure !== 'import' && workload.measure !== 'bundle',
);
if (own.length === 0) throw new Error('nothing to compare: see ONLY and SYSTEMS');

const directory = await checkOut(base);
try {
  const baseBuild = join(outputDirectory, 'base');
  await buildAll(filesOf(own));
  await buildImplementations(filesOf(own), baseBuild, join(directory, 'lib/index.ts'));
  const rivals = own.map((after): Rivals => {
    const module = moduleOf(after.workload.code, systemName(after.system), baseBuild);
    const job: Job = { ...after.job, module };
    return { before: { ...after, job, reports: [] }, after };
  });
  const order = Array.from({ length: options.rounds }, () => rivals).flat();
  const progress = new Progress(order);
  for (const [index, pair] of order.entries()) {
    const { before, after } = pair;
    const isEven = Math.floor(index / rivals.length) % 2 === 0;
    await progress.measure(pair, `${after.workload.name} ${after.system}`, async () => {
      await run(isEven ? before : after);
      await run(isEven ? after : before);
    });
  }
  progress.end();
  const header = ['#', 'workload', 'system', base, 'now', 'change', 'rounds', ''];
  const text = [
    `${options.rounds} rounds, ${options.clock} time; better and WORSE: chance alone would do it in less than 1 % of cases.`,
    '',
    table(header, rivals.map(row), 3),
  ].join('\n');
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const file = join(root, 'bench/results', `compare-${stamp}.md`);
  await writeFile(file, `${text}\n`);
  process.stdout.write(`${colored(text)}\n\n${file}\n`);
  const noise = median(
    rivals.flatMap(({ after }) => (after.reports.length > 0 ? [figureOf(after.reports).spread] : [])),
  );
  process.stdout.write(`Samples spread by ${percent(noise)} in the middle case.\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

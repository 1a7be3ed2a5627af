/**
 * Instructions instead of nanoseconds: `make bench-count ONLY=spawn-join BASE=HEAD~1`.
 *
 * Two processes of one build may differ by half in time on a machine that others use. Under valgrind, with one thread
 * and a collector that keeps no clock, they differ by a percent or two in the instructions that they take, so small
 * changes can be seen that no clock shows. A ratio of instructions is no ratio of times: memory that is far away costs
 * nothing here, and neither does a branch foretold wrongly.
 *
 * Each figure is the difference between a process with many runs and one with few, over the operations between.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOut } from './harness/base-tree.js';
import { buildAll, buildImplementations, moduleOf, outputDirectory, repeater } from './harness/build.js';
import { Complaint, runCommand } from './harness/complaint.js';
import type { Job } from './harness/contract.js';
import { type Options, readOptions, systemName } from './harness/options.js';
import { choosePairs, filesOf, type Pair } from './harness/pairs.js';
import { runProcess } from './harness/process.js';
import { Progress } from './harness/progress.js';
import { count, digits, table } from './harness/table.js';

/** By then what is hot has been compiled, and the many are enough for the last compilations not to matter. */
const FEW = 6;
const MANY = 14;
/** Larger samples have compiled themselves in a single run. */
const LARGE = 500_000;
const VALGRIND = [
  '--tool=callgrind',
  '--callgrind-out-file=/dev/null',
  '--smc-check=all-non-file',
  '--log-fd=3',
];
/** What is random in V8 is its threads, and a collector that looks at the clock. */
const NODE_FLAGS = ['--single-threaded', '--predictable-gc-schedule'];

async function instructions(job: Job, runs: number, options: Options): Promise<number> {
  const args = [...VALGRIND, options.node, ...NODE_FLAGS, ...options.nodeFlags];
  const ended = await runProcess('valgrind', [...args, repeater, JSON.stringify(job), String(runs)], {
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
  });
  const collected = /Collected : (\d+)/.exec(ended.answers)?.[1];
  if (ended.failure !== undefined || collected === undefined) throw new Error(ended.failure ?? ended.answers);
  return Number(collected);
}

/** Instructions an operation, or why there are none. */
async function countOf(job: Job, options: Options): Promise<number | string> {
  const isLarge = job.operations >= LARGE;
  const [few, many] = isLarge ? [1, 2] : [FEW, MANY];
  try {
    const [less, more] = await Promise.all([
      instructions(job, few, options),
      instructions(job, many, options),
    ]);
    return (more - less) / ((many - few) * job.operations);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

await runCommand(async () => {
  // Tiny sizes would count what is around them.
  const options = readOptions({ ...process.env, QUICK: '' });
  const base = process.env['BASE'] || undefined;
  const version = await runProcess('valgrind', ['--version']);
  if (version.failure !== undefined) {
    throw new Complaint(
      `counting needs valgrind, which this machine lacks (${version.failure}): install it, or use bench-compare`,
    );
  }

  const chosen = choosePairs({ ...options, growth: false });
  const pairs = chosen.filter(
    ({ workload, system }) =>
      (workload.measure === 'wall' || workload.measure === 'cpu') &&
      workload.code !== 'http' && // its requests come from another process
      ['treadle', 'native', 'floor'].includes(systemName(system)) &&
      (base === undefined || systemName(system) === 'treadle'),
  );
  if (pairs.length === 0) throw new Complaint('nothing to count: see ONLY and SYSTEMS');

  const directory = base === undefined ? undefined : await checkOut(base);
  try {
    const baseBuild = join(outputDirectory, 'base');
    await buildAll(filesOf(pairs));
    if (directory !== undefined) {
      await buildImplementations(filesOf(pairs), baseBuild, join(directory, 'lib/index.ts'));
    }
    const found = new Map<Pair, { readonly now: number | string; readonly before?: number | string }>();
    const progress = new Progress(pairs);
    for (const pair of pairs) {
      const { workload, system, job } = pair;
      await progress.measure(pair, `${workload.name} ${system}`, async () => {
        const now = await countOf(job, options);
        if (directory === undefined) found.set(pair, { now });
        else {
          const module = moduleOf(workload.code, systemName(system), baseBuild);
          found.set(pair, { now, before: await countOf({ ...job, module }, options) });
        }
      });
    }
    progress.end();
    const nativeOf = (pair: Pair) => {
      const native = pairs.find(
        ({ workload, system }) => workload === pair.workload && /^native(:|$)/.test(system),
      );
      return native === undefined ? undefined : found.get(native)?.now;
    };
    const shown = (value: number | string | undefined) =>
      typeof value === 'number' ? digits(value) : (value ?? '');
    const ratio = (one: unknown, other: unknown) =>
      typeof one === 'number' && typeof other === 'number' ? one / other : undefined;
    const rows = pairs.map((pair) => {
      const { workload, system, job } = pair;
      const { now, before } = found.get(pair) ?? { now: 'not counted' };
      const name = [workload.row, workload.name, system, count(job.params.n)];
      if (directory === undefined) return [...name, shown(now), ratio(now, nativeOf(pair))?.toFixed(2) ?? ''];
      const change = ratio(now, before);
      return [
        ...name,
        shown(before),
        shown(now),
        change === undefined ? '' : `${((change - 1) * 100).toFixed(1)} %`,
      ];
    });
    const header = [
      '#',
      'workload',
      'system',
      'n',
      ...(base === undefined ? ['now', '× native'] : [base, 'now', 'change']),
    ];
    process.stdout.write(
      `Instructions an operation; the same build twice differs by 1 or 2 %.\n\n${table(header, rows, 3)}\n`,
    );
  } finally {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }
});

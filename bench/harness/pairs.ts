/** Which pairs of workload and system are to be measured, and in which order. */
import { workloads } from '../workloads/index.js';
import { bundleOf, hasTreadle, implementationsOf, moduleOf } from './build.js';
import type { CoupleReport, Job, Params, Workload } from './contract.js';
import { type Options, refuseUnknown, selects, selectsSystem, systemName } from './options.js';
import { isReference, referenceSize, referencesFor } from './references.js';

/** One pair at one size, and what its processes have said so far. */
export interface Pair {
  readonly workload: Workload;
  readonly system: string;
  readonly job: Job;
  readonly isGrowth: boolean;
  readonly reports: CoupleReport[];
  failure: string | undefined;
}

function sizeOf(workload: Workload, system: string, quick: boolean): Params {
  if (quick) return workload.quick;
  if (isReference(system)) return referenceSize(system, workload.size);
  return workload.smaller?.[system] ?? workload.size;
}

function pairOf(workload: Workload, system: string, options: Options, growth?: number): Pair {
  const [name = system, form] = system.split(':');
  const params =
    growth === undefined
      ? sizeOf(workload, system, options.quick)
      : { n: growth, depth: workload.size.depth };
  const job: Job = {
    module: workload.measure === 'bundle' ? bundleOf(workload.code, name) : moduleOf(workload.code, name),
    code: workload.code,
    form,
    measure: workload.measure === 'wall' ? options.clock : workload.measure,
    params,
    operations: workload.operations(params),
    checksum: workload.checksum(params),
    readyPoints: options.quick && name === 'treadle' ? workload.readyPoints?.(params) : undefined,
    samples: options.samples,
    fewest: options.fewest,
  };
  return { workload, system, job, isGrowth: growth !== undefined, reports: [], failure: undefined };
}

export function baselineOf(workload: Workload): { readonly workload: string; readonly system: string } {
  return {
    workload: workload.baseline?.workload ?? workload.name,
    system: workload.baseline?.system ?? 'native',
  };
}

function checkNames({ only, systems }: Options): void {
  const rows = workloads.map(({ row, name }) => `${row} ${name}`);
  refuseUnknown('ONLY', only, (word) => workloads.some((workload) => selects([word], workload)), rows);
  const all = workloads.flatMap((workload) => [...workload.systems, ...referencesFor(workload)]);
  const isKnown = (word: string) => all.some((system) => selectsSystem([word], system));
  refuseUnknown('SYSTEMS', systems, isKnown, [...all.map(systemName), ...all].sort());
}

/**
 * What was asked for, and the baselines it is compared with.
 *
 * @throws Complaint if there is no such workload or system.
 */
export function choosePairs(options: Options): Pair[] {
  checkNames(options);
  const chosen = workloads.filter((workload) => selects(options.only, workload));
  const baselines = options.quick ? [] : chosen.filter(({ absolute }) => !absolute).map(baselineOf);
  const pairs: Pair[] = [];
  for (const workload of workloads) {
    for (const system of [...workload.systems, ...referencesFor(workload)]) {
      const asked = chosen.includes(workload) && selectsSystem(options.systems, system);
      const compared = baselines.some(
        (baseline) => baseline.workload === workload.name && baseline.system === system,
      );
      const available = systemName(system) !== 'treadle' || hasTreadle();
      if ((asked || compared) && available) pairs.push(pairOf(workload, system, options));
    }
  }
  return pairs;
}

export function chooseGrowth(options: Options): Pair[] {
  if (!options.growth) return [];
  const pairs: Pair[] = [];
  for (const workload of workloads.filter((candidate) => selects(options.only, candidate))) {
    const { sizes = [], systems = [], limits = {} } = workload.growth ?? {};
    for (const n of sizes) {
      for (const system of systems.filter((candidate) => selectsSystem(options.systems, candidate))) {
        const available = systemName(system) !== 'treadle' || hasTreadle();
        if (available && n <= (limits[system] ?? Number.POSITIVE_INFINITY))
          pairs.push(pairOf(workload, system, options, n));
      }
    }
  }
  return pairs;
}

/**
 * Whom a pair is measured beside: a process of its baseline, and the baseline itself beside another of its own. Nobody
 * where the measure is no time, and where the baseline has failed.
 */
export function companionOf(
  { workload, system, job, isGrowth }: Pair,
  pairs: readonly Pair[],
): Pair | undefined {
  const isTimed = job.measure === 'wall' || job.measure === 'cpu';
  if (!isTimed || isGrowth || workload.absolute || isReference(system)) return undefined;
  const baseline = baselineOf(workload);
  const companion = pairs.find(
    (pair) => pair.workload.name === baseline.workload && pair.system === baseline.system,
  );
  return companion?.failure === undefined ? companion : undefined;
}

/** The files to build for these pairs, `<code>/<system>`. */
export function filesOf(pairs: readonly Pair[]): string[] {
  const own = pairs.filter(({ system }) => !isReference(system));
  return [...new Set(own.map(({ workload, system }) => `${workload.code}/${systemName(system)}`))];
}

/** A file no workload lists would never run, and rot. */
export async function checkThatAllAreListed(): Promise<void> {
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

function turned(pairs: readonly Pair[], by: number): Pair[] {
  const start = by % Math.max(pairs.length, 1);
  return [...pairs.slice(start), ...pairs.slice(0, start)];
}

/**
 * Every pair once a round. Within a workload the order of systems turns by one each round, so that no system always
 * comes after the same other one and slow changes of the machine hit all alike. References, which are there for scale
 * only, have their turn in the first round.
 */
export function schedule(pairs: readonly Pair[], rounds: number): Pair[] {
  return Array.from({ length: rounds }, (_, round) =>
    workloads.flatMap((workload) =>
      turned(
        pairs.filter((pair) => pair.workload === workload && (round === 0 || !isReference(pair.system))),
        round,
      ),
    ),
  ).flat();
}

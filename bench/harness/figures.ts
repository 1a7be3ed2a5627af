/** Results turned into what tables and plots show. */
import type { Report } from './contract.js';
import { systemName } from './options.js';
import type { PairResult, Results, WorkloadResult } from './results.js';
import {
  type Control,
  controlOf,
  type Figure,
  figureOf,
  looseRatio,
  noiseOf,
  type Ratio,
  ratioOf,
} from './statistics.js';

/** Beyond this, rounds or samples are too far apart for small differences to mean anything. */
export const NOISY = 0.15;

/** The libraries that Treadle is held against. */
export const PEERS = ['effection', 'effect', 'redux-saga'] as const;

/** One pair. */
export interface Line {
  readonly pair: PairResult;
  readonly figure: Figure | undefined;
  /** To the baseline; the baseline's own is that of one of its processes to another. */
  readonly ratio: Ratio | undefined;
  readonly verdict: 'met' | 'MISSED' | 'unsure' | '';
}

/** Undefined if there is nothing to go by; what a pair gave before it failed is nothing. */
export function figureOfPair({ failure, reports }: PairResult): Figure | undefined {
  return failure !== null || reports.length === 0 ? undefined : figureOf(reports);
}

function pairIn(
  results: readonly WorkloadResult[],
  workload: string,
  system: string,
): PairResult | undefined {
  const pairs = results.find(({ name }) => name === workload)?.pairs;
  return pairs?.find((candidate) => candidate.system === system);
}

/** The processes that ran beside others as their baseline. */
function besideAll(results: readonly WorkloadResult[], workload: string, system: string): Report[] {
  const compared = results.filter(
    ({ baseline }) => baseline.workload === workload && baseline.system === system,
  );
  const reports = compared.flatMap(({ pairs }) => pairs.flatMap((pair) => pair.reports));
  return reports.flatMap(({ beside }) => beside ?? []);
}

/** Of all processes of a pair; the baseline has many. */
function figureIn(
  results: readonly WorkloadResult[],
  workload: string,
  pair: PairResult,
): Figure | undefined {
  if (figureOfPair(pair) === undefined) return undefined;
  return figureOf([...pair.reports, ...besideAll(results, workload, pair.system)]);
}

/** Of the calibration loop, while these were measured. */
export function noiseIn(results: readonly WorkloadResult[]): number {
  const reports = results.flatMap(({ pairs }) => pairs.flatMap((pair) => pair.reports));
  const all = reports.flatMap((report) => [report, ...(report.beside === undefined ? [] : [report.beside])]);
  return noiseOf(all.flatMap(({ calibration }) => [...calibration]));
}

/** How the baselines compare with themselves: what a ratio of equals looks like on this machine. */
export function controlIn(results: readonly WorkloadResult[]): Control | undefined {
  const ratios = results.flatMap(({ name, pairs, baseline }) => {
    if (baseline.workload !== name) return [];
    const own = pairs.find(({ system, failure }) => system === baseline.system && failure === null);
    return ratioOf(own?.reports ?? [])?.rounds ?? [];
  });
  return controlOf(ratios);
}

/** Whether the figures are to be believed. Where nothing ran in couples the calibration loop has to say it. */
export function isTooNoisy(results: readonly WorkloadResult[]): boolean {
  return (controlIn(results)?.distance ?? noiseIn(results)) > NOISY;
}

/**
 * A pair whose figure another run might not give again: its rounds are far apart, or where nothing ran beside it, its
 * samples are. (How far the ratios of single samples are apart does not matter, so long as their medians agree.)
 */
export function isShaky({ figure, ratio }: Line): boolean {
  if (ratio?.spread === undefined) return (figure?.spread ?? 0) > NOISY;
  return (ratio.high - ratio.low) / ratio.value > NOISY;
}

/** Met or missed only when every round says so, and there are several; bytes are no matter of chance. */
function verdictOf(target: number, rounds: readonly number[], isCertain: boolean): Line['verdict'] {
  if (rounds.length === 0 || (rounds.length < 2 && !isCertain)) return 'unsure';
  if (Math.max(...rounds) <= target) return 'met';
  return Math.min(...rounds) > target ? 'MISSED' : 'unsure';
}

export function linesOf(results: Results, workload: WorkloadResult): Line[] {
  const { baseline, absolute, measure } = workload;
  const baselinePair = absolute ? undefined : pairIn(results.workloads, baseline.workload, baseline.system);
  // Undefined too if it has failed: what ran beside it before that is no measure of anything.
  const reference =
    baselinePair === undefined ? undefined : figureIn(results.workloads, baseline.workload, baselinePair);
  const isBytes = measure === 'heap' || measure === 'bundle';
  const isNoisy = !isBytes && isTooNoisy(results.workloads);
  return workload.pairs.map((pair) => {
    const figure = figureIn(results.workloads, workload.name, pair);
    if (figure === undefined) return { pair, figure, ratio: undefined, verdict: '' };
    const ratio =
      reference === undefined
        ? undefined
        : (ratioOf(pair.reports) ?? looseRatio(figure.median / reference.median));
    const rounds = absolute ? figure.rounds : (ratio?.rounds ?? []);
    const verdict = pair.target === null ? '' : isNoisy ? 'unsure' : verdictOf(pair.target, rounds, isBytes);
    return { pair, figure, ratio, verdict };
  });
}

/** Forms of Treadle whose `yield` tells the compiler nothing about the value: faster, and not what its users write. */
const UNTYPED = new Set(['treadle:yield', 'treadle:call']);

export interface TreadleLines {
  /** `yield*`, by `coroutine` functions where calls are what is measured; or the only form there is. */
  readonly typed: Line | undefined;
  /** `yield`, or `yield call(…)`. */
  readonly untyped: Line | undefined;
}

export function treadleLines(lines: readonly Line[]): TreadleLines {
  const own = lines.filter(({ pair }) => systemName(pair.system) === 'treadle');
  const isUntyped = ({ pair }: Line) => UNTYPED.has(pair.system);
  return { typed: own.find((line) => !isUntyped(line)), untyped: own.find(isUntyped) };
}

/** What stands for Treadle where there is room for one: what its users write, if that was measured. */
export function treadleLine(lines: readonly Line[]): Line | undefined {
  const { typed, untyped } = treadleLines(lines);
  return typed?.figure === undefined && untyped?.figure !== undefined ? untyped : typed;
}

/** A peer's, or the best of its forms. */
export function lineOf(lines: readonly Line[], system: string): Line | undefined {
  const own = lines.filter(({ pair, figure }) => systemName(pair.system) === system && figure !== undefined);
  const cost = ({ figure, ratio }: Line) => ratio?.value ?? figure?.median ?? 0;
  own.sort((a, b) => cost(a) - cost(b));
  return own[0];
}

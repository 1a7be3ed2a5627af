/** Results turned into what tables and plots show. */
import { systemName } from './options.js';
import type { PairResult, Results, WorkloadResult } from './results.js';
import { type Figure, figureOf, noiseOf, type Ratio, ratioOf } from './statistics.js';

/** Beyond this, a pair's samples or the calibration loop vary too much for small differences to mean anything. */
export const NOISY = 0.15;

/** The libraries that Treadle is held against. */
export const PEERS = ['effection', 'effect', 'redux-saga'] as const;

/** One pair. */
export interface Line {
  readonly pair: PairResult;
  readonly figure: Figure | undefined;
  /** To the baseline. */
  readonly ratio: Ratio | undefined;
  readonly verdict: 'met' | 'MISSED' | 'unsure' | '';
}

/** Undefined if there is nothing to go by; what a pair gave before it failed is nothing. */
export function figureOfPair({ failure, reports }: PairResult): Figure | undefined {
  return failure !== null || reports.length === 0 ? undefined : figureOf(reports);
}

function figureIn(results: readonly WorkloadResult[], workload: string, system: string): Figure | undefined {
  const pair = results
    .find(({ name }) => name === workload)
    ?.pairs.find((candidate) => candidate.system === system);
  return pair === undefined ? undefined : figureOfPair(pair);
}

/** Of the machine, while these were measured. */
export function noiseIn(results: readonly WorkloadResult[]): number {
  const reports = results.flatMap(({ pairs }) => pairs.flatMap((pair) => pair.reports));
  return noiseOf(reports.flatMap(({ calibration }) => [...calibration]));
}

/** Met or missed only when every round says so, and there are several; bytes are no matter of chance. */
function verdictOf(target: number, rounds: readonly number[], isCertain: boolean): Line['verdict'] {
  if (rounds.length === 0 || (rounds.length < 2 && !isCertain)) return 'unsure';
  if (Math.max(...rounds) <= target) return 'met';
  return Math.min(...rounds) > target ? 'MISSED' : 'unsure';
}

export function linesOf(results: Results, workload: WorkloadResult): Line[] {
  const { baseline, absolute, measure } = workload;
  const reference = absolute ? undefined : figureIn(results.workloads, baseline.workload, baseline.system);
  const isBytes = measure === 'heap' || measure === 'bundle';
  const isNoisy = !isBytes && noiseIn(results.workloads) > NOISY;
  return workload.pairs.map((pair) => {
    const figure = figureOfPair(pair);
    if (figure === undefined) return { pair, figure, ratio: undefined, verdict: '' };
    const ratio = reference === undefined ? undefined : ratioOf(figure, reference);
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
  own.sort((a, b) => (a.figure?.median ?? 0) - (b.figure?.median ?? 0));
  return own[0];
}

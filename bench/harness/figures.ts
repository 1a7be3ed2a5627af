/** Results turned into what tables and plots show. */
import { systemName } from './options.js';
import type { PairResult, Results, WorkloadResult } from './results.js';
import { type Figure, figureOf, type Ratio, ratioOf } from './statistics.js';

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

function figureIn(results: readonly WorkloadResult[], workload: string, system: string): Figure | undefined {
  const pair = results
    .find(({ name }) => name === workload)
    ?.pairs.find((candidate) => candidate.system === system);
  return pair === undefined || pair.reports.length === 0 ? undefined : figureOf(pair.reports);
}

/** Met or missed only when every round says so. */
function verdictOf({ target }: PairResult, low: number, high: number): Line['verdict'] {
  if (target === null) return '';
  if (high <= target) return 'met';
  return low > target ? 'MISSED' : 'unsure';
}

export function linesOf(results: Results, workload: WorkloadResult): Line[] {
  const { baseline, absolute } = workload;
  const reference = absolute ? undefined : figureIn(results.workloads, baseline.workload, baseline.system);
  return workload.pairs.map((pair) => {
    if (pair.reports.length === 0) return { pair, figure: undefined, ratio: undefined, verdict: '' };
    const figure = figureOf(pair.reports);
    const ratio = reference === undefined ? undefined : ratioOf(figure, reference);
    const range = absolute ? figure.rounds : ratio === undefined ? undefined : [ratio.low, ratio.high];
    const verdict = range === undefined ? '' : verdictOf(pair, Math.min(...range), Math.max(...range));
    return { pair, figure, ratio, verdict };
  });
}

/** The form of Treadle that stands for it where there is room for one: the first that has a target. */
export function treadleLine(lines: readonly Line[]): Line | undefined {
  const own = lines.filter(
    ({ pair, figure }) => systemName(pair.system) === 'treadle' && figure !== undefined,
  );
  return own.find(({ pair }) => pair.target !== null) ?? own[0];
}

/** A peer's, or the best of its forms. */
export function lineOf(lines: readonly Line[], system: string): Line | undefined {
  const own = lines.filter(({ pair, figure }) => systemName(pair.system) === system && figure !== undefined);
  own.sort((a, b) => (a.figure?.median ?? 0) - (b.figure?.median ?? 0));
  return own[0];
}

import { interquartileRange, median } from 'simple-statistics';
import type { Report } from './contract.js';

/** What several rounds of one pair come to. */
export interface Figure {
  /** Per operation, in the unit of the measure: the median over the rounds of each process's median. */
  readonly median: number;
  /** Interquartile range of all samples, relative to the median. */
  readonly spread: number;
  readonly cold: number;
  /** One per round. */
  readonly rounds: readonly number[];
  readonly lowest: number;
  readonly highest: number;
}

export function figureOf(reports: readonly Report[]): Figure {
  const rounds = reports.map(({ samples }) => median([...samples]));
  const all = reports.flatMap(({ samples }) => [...samples]);
  const middle = median(rounds);
  return {
    median: middle,
    spread: interquartileRange(all) / middle,
    cold: median(reports.map(({ cold }) => cold)),
    rounds,
    lowest: Math.min(...all),
    highest: Math.max(...all),
  };
}

/** A ratio to the baseline, with the lowest and highest that any round gave. */
export interface Ratio {
  readonly value: number;
  readonly rounds: readonly number[];
  readonly low: number;
  readonly high: number;
}

/**
 * Processes of one round ran close together in time, so they shared the mood of the machine: ratios are taken within
 * rounds, and only then is the median taken.
 */
export function ratioOf(figure: Figure, baseline: Figure): Ratio | undefined {
  const ratios: number[] = [];
  for (const [round, value] of figure.rounds.entries()) {
    const reference = baseline.rounds[round];
    if (reference !== undefined) ratios.push(value / reference);
  }
  if (ratios.length === 0) return undefined;
  return { value: median(ratios), rounds: ratios, low: Math.min(...ratios), high: Math.max(...ratios) };
}

/**
 * How unsteady the machine was: the calibration loop takes the same time whenever nobody disturbs it, so the range in
 * which the middle 80 % of its runs lie, relative to the median, is noise.
 */
export function noiseOf(calibration: readonly number[]): number {
  if (calibration.length === 0) return 0;
  const sorted = [...calibration].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return (at(0.9) - at(0.1)) / median(sorted);
}

/** Several processes that count as one, each having given a single sample. */
export function mergeReports(reports: readonly Report[]): Report {
  return {
    cold: median(reports.map(({ cold }) => cold)),
    samples: reports.flatMap(({ samples }) => [...samples]),
    calibration: reports.flatMap(({ calibration }) => [...calibration]),
  };
}

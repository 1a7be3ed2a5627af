import { interquartileRange, median, quantile } from 'simple-statistics';
import type { CoupleReport, Report } from './contract.js';

/** What the processes of one pair come to. */
export interface Figure {
  /** Per operation, in the unit of the measure: the median of each process's median. */
  readonly median: number;
  /** Interquartile range of all samples, relative to the median. */
  readonly spread: number;
  readonly cold: number;
  /** One per process. */
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

/** A ratio to what was measured beside it. */
export interface Ratio {
  /** The median of the rounds. */
  readonly value: number;
  /** One per round: the median of its samples' ratios. */
  readonly rounds: readonly number[];
  /** The lowest and highest of the rounds. */
  readonly low: number;
  readonly high: number;
  /** Interquartile range of the ratios of all samples, relative to the value; undefined where medians were compared. */
  readonly spread: number | undefined;
}

/** Sample by sample: the two of each ratio were taken next to each other. */
export function sampleRatios({ samples, beside }: CoupleReport): number[] {
  return samples.flatMap((sample, index) => {
    const other = beside?.samples[index];
    return other === undefined ? [] : [sample / other];
  });
}

/** Undefined if no round had anybody beside it. */
export function ratioOf(reports: readonly CoupleReport[]): Ratio | undefined {
  const ratios = reports.map(sampleRatios).filter((own) => own.length > 0);
  if (ratios.length === 0) return undefined;
  const rounds = ratios.map((own) => median(own));
  const value = median(rounds);
  return {
    value,
    rounds,
    low: Math.min(...rounds),
    high: Math.max(...rounds),
    spread: interquartileRange(ratios.flat()) / value,
  };
}

/** Of what did not run side by side, for scale only. */
export function looseRatio(value: number): Ratio {
  return { value, rounds: [value], low: value, high: value, spread: undefined };
}

/** How processes that should be equal compare. */
export interface Control {
  readonly middle: number;
  /** Where the middle 80 % lie. */
  readonly low: number;
  readonly high: number;
  readonly couples: number;
  /** How far the farther one of these is from 1; which of two is divided by which does not matter. */
  readonly distance: number;
}

/** `ratios` are of couples, each of two processes of the same system. */
export function controlOf(ratios: readonly number[]): Control | undefined {
  if (ratios.length === 0) return undefined;
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile([...ratios], share)) as [
    number,
    number,
    number,
  ];
  return { middle, low, high, couples: ratios.length, distance: Math.max(high, 1 / low, 1) - 1 };
}

/**
 * How unsteady the processor was: the calibration loop takes the same time whenever nobody disturbs it, so the range in
 * which the middle 80 % of its runs lie, relative to the median, is noise. It is one chain of dependent instructions, and
 * does not feel neighbours that take execution units, or cache.
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

/**
 * What a run of the benchmarks leaves behind, as it is written to JSON: all that tables and plots are made of, so that
 * they can be made again from the file alone.
 */
import type { CoupleReport, Measure, Params } from './contract.js';

/** Goes up when the file changes so that older ones cannot be read any more. */
export const FORMAT = 2;

export interface Results {
  readonly format: typeof FORMAT;
  readonly environment: Environment;
  readonly workloads: readonly WorkloadResult[];
  /** The same workloads at other sizes. */
  readonly growth: readonly WorkloadResult[];
  /** What was asked for and could not be measured, and why. */
  readonly skipped: readonly string[];
}

export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  /** Of all else that takes part: packages, and other languages where the machine has them. */
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: number;
  /** Load averages when the measuring began and ended: each process of this suite keeps one core busy. */
  readonly load: readonly [before: readonly number[], after: readonly number[]];
  /** Of the working tree, with a `+` if it had changes. */
  readonly commit: string;
  readonly minutes: number;
  readonly rounds: number;
  readonly clock: 'wall' | 'cpu';
  readonly nodeFlags: readonly string[];
}

export interface WorkloadResult {
  readonly row: string;
  readonly name: string;
  readonly title: string;
  readonly operation: string;
  readonly measure: Measure;
  readonly absolute: boolean;
  /** What ratios are taken against. */
  readonly baseline: { readonly workload: string; readonly system: string };
  readonly notes: readonly string[];
  readonly pairs: readonly PairResult[];
}

export interface PairResult {
  readonly system: string;
  readonly params: Params;
  readonly target: number | null;
  readonly failure: string | null;
  /** One for each round. */
  readonly reports: readonly CoupleReport[];
}

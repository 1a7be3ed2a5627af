/**
 * What a workload is, and what an implementation of one is.
 *
 * A workload (`workloads/<name>.ts`) says what is counted, how large it is, which number must come out and who takes
 * part. It imports no system. Beside it, `workloads/<code>/<system>.ts` holds one implementation per system, and a
 * measuring process loads exactly one of these: workloads in one process pollute each other's type feedback.
 */

/** How much work one sample does. Both are handed to the implementation, which may ignore `depth`. */
export interface Params {
  readonly n: number;
  /** Frames or levels, where the workload has them; otherwise 0. */
  readonly depth: number;
}

/**
 * By default a sample is measured from call to settlement. An implementation whose question is narrower (only the
 * cancelling, only what is parked) marks the stretch itself: `start` and `stop` exactly once each, in this order.
 */
export interface Stopwatch {
  start(): void;
  stop(): void;
}

/** Does the work once and gives its checksum. */
export type Sample = (params: Params, watch: Stopwatch) => number | Promise<number>;

/** A system with one idiom exports its sample as default; one with several exports them by name. */
export type Implementation = Sample | Readonly<Record<string, Sample>>;

/**
 * - `wall`: nanoseconds of wall time per operation.
 * - `cpu`: nanoseconds of CPU time (user and system, all threads of the process) per operation: for timers, where wall
 *   time is mostly waiting.
 * - `heap`: bytes of live heap per operation, after a full collection.
 * - `import`: nanoseconds that the import of the implementation takes, its package with it: a process gives one sample.
 * - `bundle`: bytes of the implementation with all it imports, bundled, minified and compressed by gzip.
 */
export type Measure = 'wall' | 'cpu' | 'heap' | 'import' | 'bundle';

export interface Workload {
  /** Row of the table of targets: `3a`. */
  readonly row: string;
  readonly name: string;
  /** Folder of the implementations. Several rows may share one and differ in size only. */
  readonly code: string;
  readonly title: string;
  /** What is counted: the operation of "nanoseconds per operation". */
  readonly operation: string;
  readonly measure: Measure;
  /** `system` or `system:form`, in the order of the report. */
  readonly systems: readonly string[];
  readonly size: Params;
  /** For `QUICK=1`: large enough that a wrong program gives a wrong checksum, small enough to take no time. */
  readonly quick: Params;
  /**
   * Systems which at full size would take minutes a sample get a smaller one. The figure is still per operation, and
   * the report shows the size.
   */
  readonly smaller?: Readonly<Record<string, Params>>;
  operations(params: Params): number;
  checksum(params: Params): number;
  /** Suspensions at a ready point, where these are the work: the quick check counts Treadle's. */
  readonly readyPoints?: (params: Params) => number;
  /** What ratios are taken against; default: `native` of the same workload. */
  readonly baseline?: { readonly workload?: string; readonly system: string };
  /** Highest ratio to the baseline (or highest number of bytes) that is good enough. */
  readonly targets: Readonly<Record<string, number>>;
  /** Targets are in the unit of the measurement rather than ratios. */
  readonly absolute?: boolean;
  /** Printed under the table: who is absent, and why. */
  readonly notes?: readonly string[];
  /** How the cost of one operation grows with n. */
  readonly growth?: Growth;
}

export interface Growth {
  readonly sizes: readonly number[];
  readonly systems: readonly string[];
  /** The largest size of systems that would take minutes for the others. */
  readonly limits?: Readonly<Record<string, number>>;
}

/**
 * What a measuring process is asked to do: one workload, one system, one process. Only where nothing is measured does
 * a process get several.
 */
export interface Job {
  readonly module: string;
  /** Folder of the implementations: what references go by. */
  readonly code: string;
  readonly form: string | undefined;
  readonly measure: Measure;
  readonly params: Params;
  readonly operations: number;
  readonly checksum: number;
  /** Undefined where they are not counted. */
  readonly readyPoints: number | undefined;
  /** The most that the runner asks for. Zero: run once, look at the checksum, measure nothing. */
  readonly samples: number;
  /** What a system has to give however slow it is. */
  readonly fewest: number;
}

/** What it answers, per operation in the unit of the measure. */
export interface Report {
  /** The very first run in the process: users feel it. */
  readonly cold: number;
  readonly samples: readonly number[];
  /** Times in ms of a fixed piece of arithmetic, before and after the samples: they should all be equal. */
  readonly calibration: readonly number[];
}

/** What one round gave: the report of a process, and of the one that was measured beside it. */
export interface CoupleReport extends Report {
  /**
   * As many samples, and those of one number were taken next to each other: a ratio of these is what holds. Absent where
   * there is no baseline, and where its process failed.
   */
  readonly beside?: Report;
}

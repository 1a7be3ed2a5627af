/**
 * Treadle as the quick checks run it: `run` counts the ready points that its tasks suspend at, so that a program that
 * leaves one out is found, however right its sums are. Nothing is ever timed with this.
 */
import {
  checkpoint,
  type Instrument,
  type Operation,
  type Run,
  type RunOptions,
  run as start,
} from '../../lib/index.js';

export * from '../../lib/index.js';

declare global {
  /** Read and put back to zero by the measuring process, which is bundled apart from this. */
  var readyPoints: number | undefined;
}

const pass = checkpoint();

const counter: Instrument = {
  suspend(_task, effect) {
    if (effect === pass) globalThis.readyPoints = (globalThis.readyPoints ?? 0) + 1;
  },
};

/** Stands in the place of the one exported above. */
export function run<T>(main: (this: void) => Operation<T>, options: RunOptions = {}): Run<T> {
  return start(main, { ...options, instruments: [...(options.instruments ?? []), counter] });
}

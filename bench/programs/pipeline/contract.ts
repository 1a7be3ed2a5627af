import type { Totals } from './log-file.js';

export interface Settings {
  readonly input: string;
  /** Gets the path of each failure, a line each. */
  readonly output: string;
  readonly workers: number;
  /** Lines, or failures, that may wait between two stages. */
  readonly buffer: number;
  /** Called by the last stage for every failure: how far it has come. */
  readonly progress: (failures: number) => void;
}

/**
 * Reads lines → workers parse and filter them → a collector adds up and writes. When the signal aborts it gives up: it
 * rejects with the signal's reason when all files are closed, and the unfinished output is gone.
 */
export type Pipeline = (settings: Settings, signal: AbortSignal) => Promise<Totals>;

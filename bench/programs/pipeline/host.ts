/** The process in which a pipeline runs: `node host.js <module of the pipeline>`. */
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../support/commands.js';
import { cpuTime, readMemory } from '../support/memory.js';
import type { Pipeline, Settings } from './contract.js';
import type { Totals } from './log-file.js';

export interface PipelineJob {
  readonly input: string;
  readonly output: string;
  /** After so many failures found the pipeline is cancelled. */
  readonly cancelAfter?: number;
}

export interface PipelineReport {
  readonly totals: Totals | 'cancelled';
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peak: number;
  /** Milliseconds from the cancellation to the end, and what was left then. */
  readonly unwinding: number;
  readonly filesLeft: number;
  /** Once Node has had the time to close what it was told to close. */
  readonly filesLeftLater: number;
  readonly outputLeft: boolean;
}

const MOMENT_MS = 100;

/** Files that this process has open; only Linux tells. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

const { default: pipeline } = (await import(process.argv[2] ?? '')) as { default: Pipeline };

const commands = {
  async pipeline({ input, output, cancelAfter = Infinity }: PipelineJob): Promise<PipelineReport> {
    const controller = new AbortController();
    const filesBefore = openFiles();
    let cancelledAt = 0;
    const settings: Settings = {
      input,
      output,
      workers: 8,
      buffer: 1000,
      progress(failures) {
        if (failures !== cancelAfter) return;
        cancelledAt = performance.now();
        controller.abort();
      },
    };
    const [begin, cpuBegin] = [performance.now(), cpuTime()];
    const totals = await pipeline(settings, controller.signal).catch((error: unknown) => {
      if (error !== controller.signal.reason) throw error;
      return 'cancelled' as const;
    });
    const end = performance.now();
    const filesLeft = openFiles() - filesBefore;
    await delay(MOMENT_MS);
    return {
      totals,
      seconds: (end - begin) / 1000,
      cpuSeconds: (cpuTime() - cpuBegin) / 1000,
      peak: readMemory().peak,
      unwinding: end - cancelledAt,
      filesLeft,
      filesLeftLater: openFiles() - filesBefore,
      outputLeft: existsSync(output),
    };
  },
};

export type HostCommands = typeof commands;

answer(commands);

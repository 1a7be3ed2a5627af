import { answer } from '../../programs/support/commands.js';
import { readMemory } from '../../programs/support/memory.js';
import type { Sequence } from './contract.js';

export interface SequenceReport {
  readonly sum: number;
  readonly seconds: number;
  /** Bytes of live heap, at steady distances. */
  readonly heaps: readonly number[];
}

const READINGS = 10;
const { default: sequence } = (await import(process.argv[2] ?? '')) as { default: Sequence };

const commands = {
  async sequence(n: number): Promise<SequenceReport> {
    const heaps: number[] = [];
    const begin = performance.now();
    const sum = await sequence(n, n / READINGS, () => heaps.push(readMemory().heap));
    return { sum, seconds: (performance.now() - begin) / 1000, heaps };
  },
};

export type HostCommands = typeof commands;

answer(commands);

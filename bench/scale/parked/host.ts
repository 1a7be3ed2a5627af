import { answer } from '../../programs/support/commands.js';
import { readMemory } from '../../programs/support/memory.js';
import type { Park, Parked } from './contract.js';

const { default: park } = (await import(process.argv[2] ?? '')) as { default: Park };

const commands = {
  /** A smaller round goes before, so that the code is compiled. */
  async park(n: number): Promise<Parked> {
    await park(Math.ceil(n / 100), () => readMemory().heap);
    return await park(n, () => readMemory().heap);
  },
};

export type HostCommands = typeof commands;

answer(commands);

/** The process in which a chat runs: `node host.js <module of the chat>`. */
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../support/commands.js';
import { cpuTime, type MemoryReading, readMemory } from '../support/memory.js';
import type { Chat, Gauges } from './contract.js';

/** What is held at the moment. */
export interface Held extends Gauges {
  readonly sockets: number;
  readonly timers: number;
}

const { default: chat } = (await import(process.argv[2] ?? '')) as { default: Chat };
const controller = new AbortController();
let done: Promise<void> = Promise.resolve();
let gauges: () => Gauges = () => ({ members: 0, rooms: 0 });

function held(): Held {
  const resources = process.getActiveResourcesInfo();
  return {
    ...gauges(),
    sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
    timers: resources.filter((name) => name === 'Timeout').length,
  };
}

const commands = {
  start(patience: number, backlog: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const listening = (port: number, inspect: () => Gauges) => {
        gauges = inspect;
        resolve(port);
      };
      done = chat({ patience, backlog, listening }, controller.signal);
      done.catch(reject);
    });
  },

  held,

  async untilJoined(members: number): Promise<void> {
    while (gauges().members < members) await delay(1);
  },

  /** Milliseconds until there are no more than so many members and sockets; `limit` when there still are by then. */
  async untilOnly(members: number, limit: number): Promise<number> {
    const begin = performance.now();
    for (let now = held(); now.members > members || now.sockets > members; now = held()) {
      if (performance.now() - begin > limit) return limit;
      await delay(1);
    }
    return performance.now() - begin;
  },

  cpu: cpuTime,

  memory: (): MemoryReading => readMemory(),

  /** Milliseconds until the chat has ended. */
  async stop(): Promise<number> {
    const begin = performance.now();
    controller.abort();
    await done.catch((error: unknown) => {
      if (error !== controller.signal.reason) throw error;
    });
    return performance.now() - begin;
  },
};

export type HostCommands = typeof commands;

answer(commands);

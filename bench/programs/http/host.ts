/** The process in which a service runs: `node host.js <module of the service>`. */
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../support/commands.js';
import { cpuTime, type MemoryReading, readMemory } from '../support/memory.js';
import type { Gauges, Service } from './contract.js';
import { Database } from './database.js';

/** What is held at the moment. */
export interface Held extends Gauges {
  /** Connections to the database. */
  readonly queries: number;
  /** Sockets of clients, and timers, that Node's own loop knows of. */
  readonly sockets: number;
  readonly timers: number;
}

const { default: serve } = (await import(process.argv[2] ?? '')) as { default: Service };
const database = new Database();
const controller = new AbortController();
let done: Promise<void> = Promise.resolve();
let gauges: () => Gauges = () => ({ permits: 0, waiting: 0 });

function held(): Held {
  const resources = process.getActiveResourcesInfo();
  return {
    ...gauges(),
    queries: database.open,
    sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
    timers: resources.filter((name) => name === 'Timeout').length,
  };
}

const commands = {
  start(connections: number, timeout: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const listening = (port: number, inspect: () => Gauges) => {
        gauges = inspect;
        resolve(port);
      };
      done = serve({ database, connections, timeout, listening }, controller.signal);
      done.catch(reject);
    });
  },

  held,

  mostQueries: () => database.most,

  /** Waits until `count` requests hold or want a connection. */
  async busyWith(count: number): Promise<void> {
    while (database.open + gauges().waiting < count) await delay(1);
  },

  /** Milliseconds until nothing is held for any request; `limit` when something still is by then. */
  async untilFree(limit: number): Promise<number> {
    const begin = performance.now();
    const isFree = () => {
      const { queries, permits, waiting, sockets } = held();
      return queries + permits + waiting + sockets === 0;
    };
    while (!isFree()) {
      if (performance.now() - begin > limit) return limit;
      await delay(1);
    }
    return performance.now() - begin;
  },

  cpu: cpuTime,

  memory: (): MemoryReading => readMemory(),

  /** Milliseconds until the service has ended. */
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

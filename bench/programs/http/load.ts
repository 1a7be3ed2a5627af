/**
 * The clients: connections over loopback that stay open, each with one request at a time.
 *
 * - `saturate`: every connection asks again as soon as it is answered: how many requests a second?
 * - `pace`: requests at a fixed rate, whatever the answers take; one that has to wait for a free connection is late
 *   through the service's fault, so its time counts from the moment it was due.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../support/commands.js';
import { Connection } from './connection.js';

export interface Latency {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of all ids in the answers: a service that mixes requests up is found out. */
  readonly idSum: number;
  readonly latency: Latency;
}

/** The database never answers this. */
const HANGING = '/users/-1';

let open: Connection[] = [];

function latencyOf(histogram: RecordableHistogram): Latency {
  const at = (percent: number) => histogram.percentile(percent) / 1e6;
  return { p50: at(50), p99: at(99), p999: at(99.9), max: histogram.max / 1e6 };
}

class Tally {
  private readonly begin = performance.now();
  private readonly histogram = createHistogram();
  private readonly statuses: Record<string, number> = {};
  private requests = 0;
  private idSum = 0;

  count(status: string, body: string, ms: number): void {
    this.requests++;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    for (const [, id] of body.matchAll(/"id":(\d+)/g)) this.idSum += Number(id);
    this.histogram.record(Math.max(1, Math.round(ms * 1e6)));
  }

  result(): Load {
    return {
      requests: this.requests,
      seconds: (performance.now() - this.begin) / 1000,
      statuses: this.statuses,
      idSum: this.idSum,
      latency: latencyOf(this.histogram),
    };
  }
}

const commands = {
  async connect(port: number, count: number): Promise<void> {
    open = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  },

  /** Either so many requests in all, or so many seconds. */
  saturate(limit: { requests: number } | { seconds: number }): Promise<Load> {
    const tally = new Tally();
    const last = 'requests' in limit ? limit.requests : Infinity;
    const end = 'seconds' in limit ? performance.now() + limit.seconds * 1000 : Infinity;
    let id = 0;
    let busy = 0;
    return new Promise((resolve) => {
      function askOn(connection: Connection): void {
        const begin = performance.now();
        if (id >= last || begin >= end) {
          if (busy === 0) resolve(tally.result());
          return;
        }
        busy++;
        connection.ask(`/users/${id++}`, (status, body) => {
          busy--;
          tally.count(status, body, performance.now() - begin);
          askOn(connection);
        });
      }
      for (const connection of open) askOn(connection);
    });
  },

  async pace(rate: number, seconds: number): Promise<Load> {
    const tally = new Tally();
    const free = [...open];
    const due: number[] = [];
    const total = Math.round(rate * seconds);
    const begin = performance.now();
    let asked = 0;
    let finished = 0;

    function askNext(): void {
      while (due.length > 0 && free.length > 0) {
        const since = due.shift() as number;
        const connection = free.shift() as Connection; // in turn: a server hangs up on who is idle for long
        connection.ask(`/users/${asked++}`, (status, body) => {
          finished++;
          tally.count(status, body, performance.now() - since);
          free.push(connection);
          askNext();
        });
      }
    }

    for (let made = 0; made < total; ) {
      const now = performance.now(); // not the exact moment, for that this process is late is not the service's fault
      for (; made < total && begin + (made * 1000) / rate <= now; made++) due.push(now);
      askNext();
      await delay(1);
    }
    while (finished < total) await delay(1);
    return tally.result();
  },

  /** Every connection asks for what takes for ever; gives how many wait now. */
  hang(): number {
    for (const connection of open) connection.ask(HANGING, () => {});
    return open.length;
  },

  /** The same, but they stay on the line: gives what they are told in the end. */
  hangUntilAnswered(): Promise<Load> {
    const tally = new Tally();
    const begin = performance.now();
    let left = open.length;
    return new Promise((resolve) => {
      for (const connection of open) {
        connection.ask(HANGING, (status, body) => {
          tally.count(status, body, performance.now() - begin);
          if (--left === 0) resolve(tally.result());
        });
      }
    });
  },

  hangUp(): void {
    for (const connection of open) connection.hangUp();
    open = [];
  },
};

export type LoadCommands = typeof commands;

answer(commands);

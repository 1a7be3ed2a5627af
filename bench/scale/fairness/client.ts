import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../../programs/http/connection.js';
import { answer } from '../../programs/support/commands.js';

export interface Pings {
  readonly answered: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Turns of the game between the first ping answered and the last. */
  readonly turns: number;
}

const commands = {
  /** One ping after the other, until so many are answered or time is up. */
  async ping(port: number, count: number, limit: number): Promise<Pings> {
    const histogram = createHistogram();
    const connection = await Connection.open(port);
    const end = delay(limit).then(() => undefined);
    let [answered, first, last] = [0, 0, 0];
    while (answered < count) {
      const begin = performance.now();
      const reply = new Promise<string>((resolve) => connection.ask('/', (_status, body) => resolve(body)));
      const body = await Promise.race([reply, end]);
      if (body === undefined) break;
      last = Number(body);
      if (last === 0) continue; // the game has not begun
      histogram.record(Math.max(1, Math.round((performance.now() - begin) * 1e6)));
      if (answered++ === 0) first = last;
    }
    const at = (percent: number) => (answered === 0 ? Infinity : histogram.percentile(percent) / 1e6);
    const max = answered === 0 ? Infinity : histogram.max / 1e6;
    connection.hangUp();
    return { answered, p50: at(50), p99: at(99), max, turns: last - first };
  },
};

export type ClientCommands = typeof commands;

answer(commands);

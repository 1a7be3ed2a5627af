/** The process in which a crawl runs: `node host.js <module of the crawler>`. */
import sinon from 'sinon';
import { answer } from '../support/commands.js';
import { cpuTime, readMemory } from '../support/memory.js';
import type { Crawler, Settings } from './contract.js';
import { type Crawl, Network } from './network.js';

/** `fake`: the global timers are replaced by a fake clock, which jumps from one to the next. */
export type Clock = 'virtual' | 'real' | 'fake';

export interface CrawlJob {
  readonly size: number;
  readonly clock: Clock;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** After so many pages the crawl is cancelled. */
  readonly cancelAfter?: number;
}

export interface CrawlReport {
  readonly crawl: Crawl | 'cancelled';
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peak: number;
  /** Milliseconds from the cancellation to the end of the crawl, and what was left then. */
  readonly unwinding: number;
  readonly timersLeft: number;
}

const LIMIT = 10_000;
const { default: crawler } = (await import(process.argv[2] ?? '')) as { default: Crawler };

/** Lets a fake clock run until the promise has settled. */
async function underFakeClock<T>(start: () => Promise<T>): Promise<T> {
  const clock = sinon.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout'],
    loopLimit: Number.MAX_SAFE_INTEGER,
  });
  try {
    const promise = start();
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    while (!isOver) await clock.nextAsync();
    return await promise;
  } finally {
    clock.restore();
  }
}

const commands = {
  async crawl({ size, clock, timeout, cancelAfter = Infinity }: CrawlJob): Promise<CrawlReport> {
    const controller = new AbortController();
    let cancelledAt = 0;
    const settings: Settings = {
      network: new Network(size),
      limit: LIMIT,
      attempts: 3,
      timeout,
      pause: 100,
      progress(pages) {
        if (pages !== cancelAfter) return;
        cancelledAt = performance.now();
        controller.abort();
      },
    };
    const start = () => crawler(settings, controller.signal, clock === 'virtual' ? 'virtual' : 'real');
    const [begin, cpuBegin] = [performance.now(), cpuTime()];
    const crawl = await (clock === 'fake' ? underFakeClock(start) : start()).catch((error: unknown) => {
      if (error !== controller.signal.reason) throw error;
      return 'cancelled' as const;
    });
    const end = performance.now();
    return {
      crawl,
      seconds: (end - begin) / 1000,
      cpuSeconds: (cpuTime() - cpuBegin) / 1000,
      peak: readMemory().peak,
      unwinding: end - cancelledAt,
      timersLeft: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    };
  },
};

export type HostCommands = typeof commands;

answer(commands);

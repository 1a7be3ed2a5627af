/**
 * The crawler in async/await. It knows nothing of the clock: timers are those of the platform, or of the fake ones that
 * the host has put in their place.
 */

import { delay } from '../native/delay.js';
import { Limiter } from '../native/limiter.js';
import type { Settings } from './contract.js';
import { type Crawl, type Network, type Page, Refused } from './network.js';

class TimedOut extends Error {}

async function fetchPage(network: Network, id: number, attempt: number, signal: AbortSignal): Promise<Page> {
  const reply = network.request(id, attempt);
  await delay(reply.kind === 'hangs' ? 2 ** 31 - 1 : reply.ms, signal);
  if (reply.kind !== 'page') throw new Refused(`page ${id} was refused`);
  return reply.page;
}

export default async function crawl(
  { network, limit, attempts, timeout, pause, progress }: Settings,
  outer: AbortSignal,
): Promise<Crawl> {
  const limiter = new Limiter(limit);
  const seen = new Set([0]);
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  // Not listeners of the one signal: with thousands of them, adding the next one walks past them all.
  const underWay = new Set<AbortController>();
  signal.addEventListener('abort', () => {
    for (const controller of underWay) controller.abort(signal.reason);
    limiter.giveUpAll(signal.reason);
  });
  let pages = 0;
  let bytes = 0;
  let lost = 0;

  async function attemptPage(id: number, attempt: number): Promise<Page> {
    const controller = new AbortController();
    underWay.add(controller);
    const timer = setTimeout(() => controller.abort(new TimedOut()), timeout);
    try {
      return await fetchPage(network, id, attempt, controller.signal);
    } finally {
      clearTimeout(timer);
      underWay.delete(controller);
    }
  }

  async function download(id: number): Promise<Page> {
    signal.throwIfAborted();
    await limiter.acquire();
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await attemptPage(id, attempt);
        } catch (error) {
          if (signal.aborted || attempt === attempts) throw error;
        }
        await delay(pause);
        signal.throwIfAborted();
      }
    } finally {
      limiter.release();
    }
  }

  /** Never rejects: what goes wrong ends the whole crawl, and everybody is waited for. */
  async function visit(id: number): Promise<void> {
    try {
      const page = await download(id);
      bytes += page.bytes;
      progress(++pages);
      const visits: Promise<void>[] = [];
      for (const link of page.links) {
        if (seen.has(link)) continue;
        seen.add(link);
        visits.push(visit(link));
      }
      await Promise.all(visits);
    } catch (error) {
      if (error instanceof Refused || error instanceof TimedOut) lost++;
      else failure.abort(error);
    }
  }

  await visit(0);
  signal.throwIfAborted();
  return { pages, bytes, lost };
}

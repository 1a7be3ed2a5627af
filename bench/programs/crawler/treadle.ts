/** The crawler in Treadle: a task per page, all in one group. */
import {
  CapacityLimiter,
  type Coroutine,
  failAfter,
  retry,
  run,
  sleep,
  sleepForever,
  type TaskGroup,
  TimeoutError,
  taskGroup,
} from '../../../lib/index.js';
import type { Settings } from './contract.js';
import { type Crawl, type Network, type Page, Refused } from './network.js';

function* fetchPage(network: Network, id: number, attempt: number): Coroutine<Page> {
  const reply = network.request(id, attempt);
  if (reply.kind === 'hangs') return yield* sleepForever();
  yield* sleep(reply.ms);
  if (reply.kind === 'refused') throw new Refused(`page ${id} was refused`);
  return reply.page;
}

function* crawl({ network, limit, attempts, timeout, pause, progress }: Settings): Coroutine<Crawl> {
  const limiter = new CapacityLimiter(limit);
  const seen = new Set([0]);
  let pages = 0;
  let bytes = 0;
  let lost = 0;

  function* download(id: number): Coroutine<Page> {
    using _ = yield* limiter.acquire();
    return yield* retry((attempt) => failAfter(timeout, () => fetchPage(network, id, attempt)), {
      attempts,
      delay: pause,
      factor: 1,
    });
  }

  function* visit(id: number, tg: TaskGroup): Coroutine<void> {
    try {
      const page = yield* download(id);
      bytes += page.bytes;
      progress(++pages);
      for (const link of page.links) {
        if (seen.has(link)) continue;
        seen.add(link);
        tg.startSoon(visit, link, tg);
      }
    } catch (error) {
      if (!(error instanceof Refused || error instanceof TimeoutError)) throw error;
      lost++;
    }
  }

  yield* taskGroup(function* (tg) {
    tg.startSoon(visit, 0, tg);
  });
  return { pages, bytes, lost };
}

export default (settings: Settings, signal: AbortSignal, clock: 'virtual' | 'real') =>
  run(() => crawl(settings), { signal, backend: clock === 'virtual' ? 'virtual' : 'node' });

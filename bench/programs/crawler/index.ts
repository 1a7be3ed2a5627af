/**
 * A crawler over a simulated network: a task per page, at most 10,000 requests at a time, each with a timeout, failed
 * ones tried again. The network only waits, so on a virtual clock a crawl takes as long as its own work does.
 *
 * JavaScript has no virtual clock. An async program can be given fake timers, which is what its tests would do: that is
 * the system `native:fake`, whose crawl is smaller, since each jump of the clock costs a turn of the host's loop.
 * `real` is both programs on the real clock.
 */

import { systemName } from '../../harness/options.js';
import { filesOf, type Program, type Size, type Tools } from '../contract.js';
import { Child } from '../support/child.js';
import { expectEqual, type Figures, figure } from '../support/figures.js';
import type { Clock, CrawlJob, CrawlReport, HostCommands } from './host.js';
import { type Crawl, Network } from './network.js';

const SIZES: Readonly<Record<Size, Readonly<Record<Clock, number>>>> = {
  quick: { virtual: 2000, real: 300, fake: 300 },
  full: { virtual: 1_050_000, real: 1_050_000, fake: 20_000 },
};

/** On the real clock a process that is held up for that long would lose requests that are well. */
const TIMEOUTS: Readonly<Record<Size, number>> = { quick: 1000, full: 5000 };
const ATTEMPTS = 3;

/** What every crawl must find: the same, one page after the other, with nothing that waits. */
function expected(size: number): Crawl {
  const network = new Network(size);
  const seen = new Set([0]);
  let [pages, bytes, lost] = [0, 0, 0];
  for (const id of seen) {
    const replies = Array.from({ length: ATTEMPTS }, (_, i) => network.request(id, i + 1));
    const reply = replies.find(({ kind }) => kind === 'page');
    if (reply?.kind === 'page') {
      pages++;
      bytes += reply.page.bytes;
      for (const link of reply.page.links) seen.add(link);
    } else lost++;
  }
  return { pages, bytes, lost };
}

async function crawl(system: string, job: CrawlJob, tools: Tools): Promise<CrawlReport> {
  await using child = new Child<HostCommands>(tools.script('programs/crawler/host'), {
    node: tools.node,
    flags: ['--max-old-space-size=16000'],
    args: [tools.script(`programs/crawler/${systemName(system)}`)],
  });
  return await child.ask('crawl', job);
}

const program: Program = {
  name: 'crawler',
  title: 'A crawler over a simulated network',
  systems: ['treadle:virtual', 'treadle:real', 'native:real', 'native:fake'],
  files: filesOf(new URL('.', import.meta.url), { native: ['limiter', 'delay'] }),
  async measure(system, sizeName, tools): Promise<Figures> {
    const clock = system.split(':')[1] as Clock;
    const size = SIZES[sizeName][clock];
    const job = { size, clock, timeout: TIMEOUTS[sizeName] };
    const report = await crawl(system, job, tools);
    const want = expected(size);
    expectEqual('the crawl', report.crawl, want);
    const cut = await crawl(system, { ...job, cancelAfter: Math.round(want.pages / 2) }, tools);
    expectEqual('the cancelled crawl', cut.crawl, 'cancelled');
    expectEqual('timers left', cut.timersLeft, 0);
    return [
      figure('pages', want.pages),
      figure('pages lost', want.lost),
      figure('time', report.seconds, 's'),
      figure('CPU time', report.cpuSeconds, 's'),
      figure('CPU time per page', (report.cpuSeconds / want.pages) * 1e6, 'µs'),
      figure('peak memory', report.peak / 1e6, 'MB'),
      figure('cancelled half-way: all has ended after', cut.unwinding, 'ms'),
      figure('… timers left', cut.timersLeft),
    ];
  },
  notes: [
    'JavaScript has no virtual clock: `native:fake` is the same program under fake timers (sinon), on a smaller web.',
  ],
};
export default program;

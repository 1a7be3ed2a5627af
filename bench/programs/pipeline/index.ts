/**
 * A pipeline over a real file: lines of an access log are read, parsed and filtered by eight workers, collected, and
 * written to another file. Every line goes through a bounded stream, so memory does not depend on the file's size.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, type Program, type Size, type Tools } from '../contract.js';
import { Child } from '../support/child.js';
import { expectEqual, type Figures, figure } from '../support/figures.js';
import type { HostCommands, PipelineJob, PipelineReport } from './host.js';
import { writeLog } from './log-file.js';

const BYTES: Readonly<Record<Size, number>> = { quick: 1_000_000, full: 200_000_000 };

async function run(system: string, job: PipelineJob, tools: Tools): Promise<PipelineReport> {
  await using child = new Child<HostCommands>(tools.script('programs/pipeline/host'), {
    node: tools.node,
    args: [tools.script(`programs/pipeline/${system}`)],
  });
  return await child.ask('pipeline', job);
}

const program: Program = {
  name: 'pipeline',
  title: 'A pipeline over a file',
  systems: ['treadle', 'native'],
  files: filesOf(new URL('.', import.meta.url), { native: ['channel'] }),
  async measure(system, size, tools): Promise<Figures> {
    const folder = mkdtempSync(join(tmpdir(), 'treadle-bench-'));
    try {
      const job = { input: join(folder, 'access.log'), output: join(folder, 'failures.txt') };
      const want = writeLog(job.input, BYTES[size]);
      const report = await run(system, job, tools);
      expectEqual('the totals', report.totals, want);
      const written = readFileSync(job.output);
      expectEqual('lines written', written.filter((byte) => byte === 0x0a).length, want.failures);
      rmSync(job.output);
      const cut = await run(system, { ...job, cancelAfter: Math.round(want.failures / 2) }, tools);
      expectEqual('the cancelled pipeline', cut.totals, 'cancelled');
      expectEqual('open files left', cut.filesLeftLater, 0);
      expectEqual('unfinished output left', cut.outputLeft, false);
      return [
        figure('lines', want.lines),
        figure('time', report.seconds, 's'),
        figure('CPU time', report.cpuSeconds, 's'),
        figure('CPU time per line', (report.cpuSeconds / want.lines) * 1e9, 'ns'),
        figure('peak memory', report.peak / 1e6, 'MB'),
        figure('cancelled half-way: all has ended after', cut.unwinding, 'ms'),
        figure('… open files left at that moment', cut.filesLeft),
        figure('… and a moment later', cut.filesLeftLater),
        figure('… unfinished output left', Number(cut.outputLeft)),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  notes: [],
};
export default program;

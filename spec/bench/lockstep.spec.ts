/** The runner, and real measuring processes of small programs: how they take turns, and what happens when one fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';
import type { Job } from '../../bench/harness/contract.js';
import { measureTogether } from '../../bench/harness/lockstep.js';
import { type Opener, Session } from '../../bench/harness/session.js';

const WORKER = fileURLToPath(new URL('../../bench/harness/worker.ts', import.meta.url));
const PATIENCE = 4_000;

/** Each keeps time in its own way, in the file `log`: `name begin end` of each run. */
const PROGRAM = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs';
  let begun;
  let isLeft = false;
  const now = () => Number(process.hrtime.bigint() / 1000n);
  const logged = () => (existsSync(LOG) ? readFileSync(LOG, 'utf8').split('\\n').slice(0, -1) : []);
  const lastToRun = () => Number(logged().at(-1).split(' ')[0]);
  // While one warms up nobody else runs.
  const isWarm = () => logged().length > (begun ??= logged().length);
  const spin = (ms) => { const end = now() + ms * 1000; while (now() < end); };
  export default {
    async steady({ n }) {
      const begin = now();
      // What a sample has left fell due in the neighbour's time, and is to be over.
      if (isLeft && lastToRun() !== n) throw new Error('what the last sample left is part of this one');
      isLeft = true;
      setTimeout(() => { isLeft = false; }, 1);
      spin(70);
      appendFileSync(LOG, n + ' ' + begin + ' ' + now() + '\\n');
      return 1;
    },
    async failsLater() { spin(60); if (isWarm()) throw new Error('worn out'); return 1; },
    wrong() { return 2; },
    async waitsForNothing() { spin(60); if (isWarm()) await new Promise(() => {}); return 1; },
    async hangs() { spin(60); if (isWarm()) await new Promise((resolve) => setTimeout(resolve, 1e6)); return 1; },
    dies() { process.exit(7); },
  };
`;

describe('bench: lockstep', function () {
  this.timeout(30_000);
  let folder: string;
  let worker: string;
  let log: string;
  let open: Opener;

  function job(form: string, n = 0): Job {
    return {
      module: join(folder, 'program.mjs'),
      code: '',
      form,
      measure: 'wall',
      params: { n, depth: 0 },
      operations: 1,
      checksum: 1,
      readyPoints: undefined,
      samples: 4,
      fewest: 4,
    };
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'treadle-lockstep-'));
    worker = join(folder, 'worker.mjs');
    log = join(folder, 'log');
    await build({ entryPoints: [WORKER], outfile: worker, bundle: true, format: 'esm', platform: 'node' });
    await writeFile(join(folder, 'program.mjs'), PROGRAM.replaceAll('LOG', JSON.stringify(log)));
    open = (each) => new Session(process.execPath, [worker, JSON.stringify([each])], PATIENCE);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('asks by turns, alternating in who comes first, and never two at a time', async () => {
    const [own, beside] = await measureTogether(open, [job('steady', 1), job('steady', 2)]);
    if (!('report' in own) || beside === undefined || !('report' in beside))
      throw new Error(JSON.stringify([own, beside]));
    expect(own.report.samples).to.have.length(4);
    expect(beside.report.samples).to.have.length(4);
    const runs = (await readFile(log, 'utf8')).trim().split('\n');
    const times = runs.map((line) => line.split(' ').map(Number) as [number, number, number]);
    for (const [index, [, begin]] of times.entries()) {
      if (index > 0) expect(begin).to.be.at.least(times[index - 1]![2]);
    }
    // One run fills a sample: the last eight are 1 2, 2 1, 1 2, 2 1.
    expect(times.slice(-8).map(([name]) => name)).to.deep.equal([1, 2, 2, 1, 1, 2, 2, 1]);
  });

  it('goes on alone when the one beside it fails, and tells why that was', async () => {
    for (const [form, reason] of [
      ['failsLater', /worn out/],
      ['wrong', /checksum 2, expected 1/],
      ['waitsForNothing', /stuck: nothing left to wait for/],
      ['dies', /ended with code 7/],
    ] as const) {
      const [own, beside] = await measureTogether(open, [job('steady'), job(form)]);
      expect('report' in own && own.report.samples, form).to.have.length(4);
      expect(beside && 'failure' in beside && beside.failure, form).to.match(reason);
    }
  });

  it('gives the other up when its own fails', async () => {
    const [own, beside] = await measureTogether(open, [job('failsLater'), job('steady')]);
    expect(own).to.deep.equal({ failure: 'Error: worn out' });
    expect(beside).to.equal(undefined);
  });

  it('loses patience with one that hangs, and does not count the time in which it was not asked', async () => {
    const short: Opener = (each) => new Session(process.execPath, [worker, JSON.stringify([each])], 1_500);
    const [own, beside] = await measureTogether(short, [job('steady'), job('hangs')]);
    expect('report' in own && own.report.samples).to.have.length(4);
    expect(beside).to.deep.equal({ failure: 'stuck: no end after 1500 ms' });
  });

  it('finds out that there is no such program to run', async () => {
    const nothing: Opener = () => new Session(join(folder, 'nothing'), [], PATIENCE);
    const [own] = await measureTogether(nothing, [job('steady')]);
    expect('failure' in own && own.failure).to.match(/ENOENT/);
  });

  it('ends when the runner is gone', async () => {
    const child = spawn(process.execPath, [worker, JSON.stringify([job('steady')])], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    await once(child.stdio[3]!, 'data');
    child.stdin!.destroy();
    const [code] = await once(child, 'exit');
    expect(code).to.equal(1);
  });
});

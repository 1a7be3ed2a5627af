/** `treadle trace`: a program runs as it would without, and leaves a trace that can be read, however it ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TraceEvent } from '../../lib/debug/trace/trace-event.js';
import { Project } from '../support/command.js';

const FAMILY = `
  import { sleep, taskGroup, run } from 'treadle';
  function* child(ms) { yield* sleep(ms); }
  export function* main() {
    yield* taskGroup(function* (tg) { tg.startSoon(child, 1); tg.startSoon(child, 2); });
  }`;

describe('treadle trace', function () {
  this.timeout(60_000);
  let project: Project;

  before(async () => {
    project = await Project.create();
    project.write('family.mjs', FAMILY);
  });

  after(() => project.remove());

  function events(name: string): TraceEvent[] {
    return JSON.parse(readFileSync(join(project.folder, name), 'utf8')) as TraceEvent[];
  }

  function steps(name: string): string[] {
    const names = events(name).map((event) => (event.ph === 'X' && event.cat === 'step' ? event.name : ''));
    return [...new Set(names)].filter((one) => one !== '');
  }

  it('runs the program and writes its tasks, steps and arrows', async () => {
    const { code, stderr } = await project.treadle('trace', 'family.mjs', '-o', 'out.json');
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(steps('out.json')).to.have.members(['main', 'child']);
    const phases = new Set(events('out.json').map(({ ph }) => ph));
    expect([...phases]).to.have.members(['M', 'X', 's', 'f']);
  });

  it('traces the runs that a file begins itself, each as a process of the picture', async () => {
    project.write(
      'two.mjs',
      `import { run, runSync, sleep } from 'treadle';
       await run(function* one() { yield* sleep(1); }, { name: 'first' });
       runSync(function* two() { yield* sleep(1000); }, { name: 'second' });`,
    );
    await project.treadle('trace', 'two.mjs', '--output', 'two.json');
    const titles = events('two.json').filter((event) => event.ph === 'M' && event.name === 'process_name');
    expect(titles.map((event) => 'args' in event && event.args['name'])).to.deep.equal([
      'run "first" (node clock)',
      'run "second" (virtual clock)',
    ]);
  });

  it('writes trace.json unless told otherwise; the program gets its own arguments', async () => {
    project.write('args.mjs', `export function* main() { console.log(process.argv.slice(2).join(' ')); }`);
    const { stdout } = await project.treadle('trace', 'args.mjs', 'one', '--', '--two');
    expect(stdout).to.equal('one --two\n');
    expect(steps('trace.json')).to.deep.equal(['main']);
  });

  it('leaves the waits out, and shows real time, when told to', async () => {
    project.write(
      'virtual.mjs',
      `import { run, sleep } from 'treadle';
       await run(function* () { yield* sleep(60_000); }, { backend: 'virtual' });`,
    );
    await project.treadle('trace', 'virtual.mjs', '-o', 'v.json', '--no-waits', '--host-clock');
    const slices = events('v.json').filter((event) => event.ph === 'X');
    expect(slices.map(({ cat }) => cat)).to.deep.equal(['step', 'step']);
    expect(slices[1]!.ts - slices[0]!.ts).to.be.below(30_000_000);
  });

  const ENDINGS: readonly [how: string, end: string, code: number][] = [
    ['an error', `throw new Error('broken')`, 1],
    ['process.exit', 'process.exit(5)', 5],
    ['an error in a callback', `setTimeout(() => { throw new Error('crash'); }); yield* sleep(1000)`, 1],
    ['a signal that nobody handles', `process.kill(process.pid, 'SIGHUP'); yield* sleep(1000)`, 129],
  ];
  for (const [how, end, code] of ENDINGS) {
    it(`is complete when the program ends by ${how}`, async () => {
      const source = `import { sleep } from 'treadle'; export function* main() { yield* sleep(1); ${end}; }`;
      project.write('ends.mjs', source);
      const ended = await project.treadle('trace', 'ends.mjs', '-o', 'ends.json');
      expect(ended.code).to.equal(code);
      expect(steps('ends.json')).to.deep.equal(['main']);
    });
  }

  it('lets a program that handles a signal go on', async () => {
    const source = `
      import { shield, sleep, sleepForever } from 'treadle';
      export function* main() {
        try { console.log('up'); yield* sleepForever(); } finally { yield* shield(() => sleep(50)); console.log('down'); }
      }`;
    const started = project.start('trace', project.write('handles.mjs', source), '-o', 'handles.json');
    await started.says('up');
    started.process.kill('SIGINT');
    const { code, stdout } = await started.ended;
    expect([code, stdout]).to.deep.equal([130, 'up\ndown\n']);
    const waits = events('handles.json').filter((event) => event.ph === 'X' && event.cat === 'wait');
    expect(waits.map(({ name }) => name)).to.deep.equal(['sleepForever()', 'sleep(50)']);
  });

  it('refuses a place where it cannot write, before the program has begun', async () => {
    const { code, stdout, stderr } = await project.treadle('trace', 'args.mjs', '-o', 'no/such/folder.json');
    expect(stderr).to.match(
      /^treadle: the trace cannot be written to no\/such\/folder\.json: ENOENT.*--output/,
    );
    expect([code, stdout]).to.deep.equal([2, '']);
  });
});

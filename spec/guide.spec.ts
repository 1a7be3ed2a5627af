/** docs/debugging.md quotes real sessions: each of them is held again, and must print what the page says. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Project, Started } from './support/command.js';

const PAGE = readFileSync(new URL('../docs/debugging.md', import.meta.url), 'utf8');
const PROGRAMS = 'examples/debugging';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FROM_SOURCE = ['--import', 'tsx', '--conditions=treadle-source'];

/** What the page quotes under a title, without the line that shows the command. */
function quoted(title: string): string {
  const fence = PAGE.split('```text ').find((text) => text.startsWith(`${title}\n`));
  if (fence === undefined) throw new Error(`docs/debugging.md has no fence "text ${title}"`);
  const text = fence.slice(title.length + 1, fence.indexOf('\n```'));
  return text.replace(/^\$ .*\n/, '');
}

/** What `treadle` prints here, as a reader of this repository starts it. */
async function output(args: readonly string[], input?: string): Promise<string> {
  const command = new Started(process.execPath, [...FROM_SOURCE, 'lib/cli/main.ts', ...args], ROOT, input);
  const { stdout, stderr } = await command.ended;
  return `${stdout}${stderr}`.replaceAll(ROOT, '').trim();
}

describe('the debugging guide', () => {
  describe('a program that hangs', () => {
    let service: Started;

    before(async () => {
      service = new Started(process.execPath, [...FROM_SOURCE, `${PROGRAMS}/hung.ts`], ROOT);
      await service.says('nothing to report');
      await new Promise((resolve) => setTimeout(resolve, 500)); // until reports 4 and 5 have come
    });

    after(async () => {
      service.process.kill('SIGKILL');
      await service.ended;
    });

    it('has printed three reports', () => {
      expect(service.stdout.trim()).to.equal(quoted('hung.ts'));
    });

    it('is asked for its tasks by ps', async () => {
      expect(await output(['ps', String(service.pid)])).to.equal(quoted('ps'));
    });

    it('is asked for its frames and variables by pstree', async () => {
      expect(await output(['pstree', String(service.pid)])).to.equal(quoted('pstree'));
    });
  });

  for (const name of ['deadlock.ts', 'lost-wake-up.ts']) {
    it(`${name} says who waits for whom`, async () => {
      expect(await output(['run', `${PROGRAMS}/${name}`])).to.equal(quoted(name));
    });
  }

  it('lost-wake-up.ts is stepped there and back', async () => {
    const session = quoted('lost-wake-up session');
    const typed = [...session.matchAll(/^\(treadle\) (.*)$/gm)].map(([, command]) => command);
    expect(typed).to.have.length.above(3);
    const args = ['debug', '--backend', 'virtual', `${PROGRAMS}/lost-wake-up.ts`];
    expect(await output(args, `${typed.join('\n')}\n`)).to.equal(session);
  });

  describe('a failure that comes once in a hundred runs', () => {
    const name = 'one-in-a-hundred.ts';
    let folder: string;
    let recording: string;
    /** Times, and how much of Treadle and Node lies between, are others each time. */
    const general = (text: string): string =>
      text.replace(/\d+(\.\d+)? ms/g, 'N ms').replace(/… \d+ frames of .*/g, '… N frames');

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'treadle-guide-'));
      recording = join(folder, 'rare.jsonl');
      // The argument makes it fail at once.
      const printed = await output(['record', `${PROGRAMS}/${name}`, '-o', recording, '--', '1']);
      expect(general(printed)).to.equal(general(quoted('record')));
    });

    after(() => rmSync(folder, { recursive: true }));

    it('comes again at the replay', async () => {
      expect(general(await output(['replay', recording]))).to.equal(general(quoted('replay')));
    });

    it('is stepped there and back', async () => {
      const session = quoted('replay session');
      const typed = [...session.matchAll(/^\(treadle\) (.*)$/gm)].map(([, command]) => command);
      const printed = await output(['replay', '--step', recording], `${typed.join('\n')}\n`);
      expect(general(printed)).to.equal(general(session));
    });

    it('is where the cured program goes another way', async () => {
      const copy = join(folder, name);
      const source = readFileSync(join(ROOT, PROGRAMS, name), 'utf8');
      writeFileSync(copy, source);
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(ROOT, join(folder, 'node_modules', 'treadle'));
      await output(['record', copy, '-o', recording, '--', '1']);
      const cured = source.replace(/( {2}const receipt = .*\n)( {2}show\.seats--;) .*\n/, '$2\n$1');
      expect(cured).to.not.equal(source);
      writeFileSync(copy, cured);
      const printed = await output(['replay', recording]);
      expect(printed.replaceAll(copy, `${PROGRAMS}/${name}`)).to.equal(quoted('replay of the cure'));
    });
  });

  it('who has started the command is not taken for who has spawned a task', async () => {
    const args = ['debug', '--backend', 'virtual', `${PROGRAMS}/lost-wake-up.ts`];
    const printed = await output(args, 'step\nstep\nback\ntasks\nquit\n'); // to go back, the program is begun anew
    expect(printed).to.include('main #1').and.not.include('node_modules');
  });

  it('slow-task.ts is named by the watch-dog', async () => {
    const heading = /^treadle watch-dog: task statistics \(#3\) (?:has )?held.*$/gm;
    const general = (text: string) =>
      (text.match(heading) ?? []).map((line) => line.replace(/\d+ ms/g, 'N ms'));
    // The report while the task is at it needs a free core for its thread; the one afterwards always comes.
    const headings = general(quoted('slow-task.ts'));
    expect(headings).to.have.lengthOf(2);
    const printed = general(await output(['run', `${PROGRAMS}/slow-task.ts`]));
    expect(headings).to.include.members(printed);
    expect(printed.at(-1)).to.equal(headings[1]);
  });
});

describe('the debugging guide, for who has installed the package', function () {
  this.timeout(60_000);
  let project: Project;

  before(async () => {
    project = await Project.create();
    project.install('tsx');
    cpSync(join(ROOT, PROGRAMS), join(project.folder, PROGRAMS), { recursive: true });
  });

  after(() => project.remove());

  async function printed(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await project.treadle(...args);
    return `${stdout}${stderr}`.replaceAll(`${project.folder}/`, '').trim();
  }

  it('ps and pstree print the same', async () => {
    const service = project.start('run', `${PROGRAMS}/hung.ts`);
    await service.says('nothing to report');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await printed('ps', String(service.pid))).to.equal(quoted('ps'));
    expect(await printed('pstree', String(service.pid))).to.equal(quoted('pstree'));
  });

  it('run prints the same', async () => {
    expect(await printed('run', `${PROGRAMS}/deadlock.ts`)).to.equal(quoted('deadlock.ts'));
  });

  it('debug prints the same', async () => {
    const session = quoted('lost-wake-up session');
    const typed = [...session.matchAll(/^\(treadle\) (.*)$/gm)].map(([, command]) => command);
    project.write('typed.txt', `${typed.join('\n')}\n`);
    const args = ['debug', '--backend', 'virtual', '-x', 'typed.txt', `${PROGRAMS}/lost-wake-up.ts`];
    expect(await printed(...args)).to.equal(session);
  });
});

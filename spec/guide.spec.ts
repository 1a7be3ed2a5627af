/** docs/debugging.md quotes real sessions: each of them is held again, and must print what the page says. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Project, Started } from './support/command.js';

const PAGE = readFileSync(new URL('../docs/debugging.md', import.meta.url), 'utf8');
const PROGRAMS = 'examples/debugging';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What the page quotes under a title, without the line that shows the command. */
function quoted(title: string): string {
  const fence = PAGE.split('```text ').find((text) => text.startsWith(`${title}\n`));
  if (fence === undefined) throw new Error(`docs/debugging.md has no fence "text ${title}"`);
  const text = fence.slice(title.length + 1, fence.indexOf('\n```'));
  return text.replace(/^\$ .*\n/, '');
}

/** The commands that are typed in a session. */
function typedIn(session: string): string {
  const typed = [...session.matchAll(/^\(treadle\) (.*)$/gm)].map(([, command]) => command);
  expect(typed).to.have.length.above(3);
  return `${typed.join('\n')}\n`;
}

describe('the debugging guide', function () {
  this.timeout(60_000);
  /** Of who has installed the package, and copied the programs. */
  let project: Project;

  before(async () => {
    project = await Project.create();
    project.install('tsx');
    cpSync(join(ROOT, PROGRAMS), join(project.folder, PROGRAMS), { recursive: true });
  });

  after(() => project.remove());

  /** What `treadle` prints there. */
  async function output(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await project.treadle(...args);
    return `${stdout}${stderr}`.replaceAll(`${project.folder}/`, '').trim();
  }

  it('is for who has cloned the repository, too', async () => {
    const args = ['--import', 'tsx', '--conditions=treadle-source', 'lib/cli/main.ts', 'run'];
    const command = new Started(process.execPath, [...args, `${PROGRAMS}/deadlock.ts`], ROOT);
    const { stdout, stderr } = await command.endsInTime();
    expect(`${stdout}${stderr}`.replaceAll(ROOT, '').trim()).to.equal(quoted('deadlock.ts'));
  });

  describe('a program that hangs', () => {
    let service: Started;

    before(async () => {
      service = project.start('run', `${PROGRAMS}/hung.ts`);
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
      expect(await output('ps', String(service.pid))).to.equal(quoted('ps'));
    });

    it('is asked for its frames and variables by pstree', async () => {
      expect(await output('pstree', String(service.pid))).to.equal(quoted('pstree'));
    });
  });

  for (const name of ['deadlock.ts', 'lost-wake-up.ts']) {
    it(`${name} says who waits for whom`, async () => {
      expect(await output('run', `${PROGRAMS}/${name}`)).to.equal(quoted(name));
    });
  }

  it('lost-wake-up.ts is stepped there and back', async () => {
    const session = quoted('lost-wake-up session');
    project.write('typed.txt', typedIn(session));
    const args = ['debug', '--backend', 'virtual', '-x', 'typed.txt', `${PROGRAMS}/lost-wake-up.ts`];
    expect(await output(...args)).to.equal(session);
  });

  describe('a failure that comes once in a hundred runs', () => {
    const name = `${PROGRAMS}/one-in-a-hundred.ts`;
    const recording = 'rare.jsonl';
    /** Times, and how much of Treadle and Node lies between, are others each time. */
    const general = (text: string): string =>
      text.replace(/\d+(\.\d+)? ms/g, 'N ms').replace(/… \d+ frames of .*/g, '… N frames');

    before(async () => {
      // The argument makes it fail at once.
      const printed = await output('record', name, '-o', recording, '--', '1');
      expect(general(printed)).to.equal(general(quoted('record')));
    });

    it('comes again at the replay', async () => {
      expect(general(await output('replay', recording))).to.equal(general(quoted('replay')));
    });

    it('is stepped there and back', async () => {
      const session = quoted('replay session');
      project.write('typed.txt', typedIn(session));
      const printed = await output('replay', '--step', '-x', 'typed.txt', recording);
      expect(general(printed)).to.equal(general(session));
    });

    it('is where the cured program goes another way', async () => {
      const source = readFileSync(join(ROOT, name), 'utf8');
      const cured = source.replace(/( {2}const receipt = .*\n)( {2}show\.seats--;) .*\n/, '$2\n$1');
      expect(cured).to.not.equal(source);
      project.write(name, cured);
      expect(await output('replay', recording)).to.equal(quoted('replay of the cure'));
    });
  });

  it('who has started the command is not taken for who has spawned a task', async () => {
    project.write('typed.txt', 'step\nstep\nback\ntasks\nquit\n'); // to go back, the program is begun anew
    const args = ['debug', '--backend', 'virtual', '-x', 'typed.txt', `${PROGRAMS}/lost-wake-up.ts`];
    expect(await output(...args))
      .to.include('main #1')
      .and.not.include('node_modules');
  });

  it('slow-task.ts is named by the watch-dog', async () => {
    const heading = /^treadle watch-dog: task statistics \(#3\) (?:has )?held.*$/gm;
    const general = (text: string) =>
      (text.match(heading) ?? []).map((line) => line.replace(/\d+ ms/g, 'N ms'));
    // The report while the task is at it needs a free core for its thread; the one afterwards always comes.
    const headings = general(quoted('slow-task.ts'));
    expect(headings).to.have.lengthOf(2);
    const printed = general(await output('run', `${PROGRAMS}/slow-task.ts`));
    expect(headings).to.include.members(printed);
    expect(printed.at(-1)).to.equal(headings[1]);
  });
});

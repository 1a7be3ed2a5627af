/** docs/debugging.md quotes real sessions: each of them is held again, and must print what the page says. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Started } from './support/command.js';

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

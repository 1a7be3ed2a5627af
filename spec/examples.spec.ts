/**
 * Every example runs, as a reader would run it: compiled, beside the installed package, in a process of its own (that
 * `make run` reads TypeScript is in make-run.spec.ts). The README quotes the examples and their
 * output word for word; the second half of this file holds it to that.
 */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';
import { type Ended, Project } from './support/command.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = read('README.md');
const COMPARISON = read('examples/comparison/README.md');
const TUTORIAL = readdirSync(new URL('../examples/tutorial', import.meta.url))
  .sort()
  .map((name) => `examples/tutorial/${name}`);
/** What ends by itself at once, and whose exact output is quoted in a README. */
const QUICK = [
  ...TUTORIAL,
  'examples/backend.ts',
  'examples/stepper.ts',
  'examples/supervision.ts',
  'examples/comparison/two-failures.ts',
];
/** What waits for real time: run side by side. */
const REAL_TIME = [
  'post',
  'failing-request',
  'five-tasks',
  'first-page',
  'comparison/async-await',
  'portal',
  'rare-failure',
].map((name) => `examples/${name}.ts`);

interface Fence {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** Compiles the examples, each by itself, into a project that has the package installed. */
async function compileExamples(project: Project): Promise<void> {
  cpSync(join(ROOT, 'examples'), join(project.folder, 'examples'), { recursive: true });
  await build({
    absWorkingDir: project.folder,
    entryPoints: ['examples/**/*.ts'],
    outdir: 'examples',
    sourcemap: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
}

/** @param interruptAt Send SIGINT when the output says this. */
async function runExample(project: Project, file: string, interruptAt?: string): Promise<Ended> {
  const example = project.node(file.replace(/\.ts$/, '.js'));
  if (interruptAt !== undefined) {
    await example.says(interruptAt);
    example.process.kill('SIGINT');
  }
  return await example.endsInTime();
}

function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(
    ([, language = '', file = '', text = '']) => ({
      language,
      file,
      text,
    }),
  );
}

/** Fails unless the lines occur in this order; others may stand between them. */
function expectInOrder(text: string, ...lines: string[]): void {
  let from = 0;
  for (const line of lines) {
    const at = text.indexOf(line, from);
    expect(at, `"${line}" is missing, or out of order, in:\n${text}`).to.be.at.least(0);
    from = at + line.length;
  }
}

describe('examples', function () {
  this.timeout(90_000);

  const outcomes = new Map<string, Ended>();
  let project: Project;
  before(async () => {
    project = await Project.create();
    await compileExamples(project);
    // Most of a quick example's time is the start of its process, so they use the processor, two at once, while
    // the others sleep.
    const waiting = [...QUICK];
    const runQuickOnes = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        outcomes.set(
          file,
          await runExample(project, file, file.endsWith('/10-main.ts') ? 'Ctrl-C to stop' : undefined),
        );
      }
    };
    const realTime = REAL_TIME.map(async (file) => outcomes.set(file, await runExample(project, file)));
    await Promise.all([...realTime, runQuickOnes(), runQuickOnes()]);
  });

  after(() => project.remove());

  function outcomeOf(name: string): Ended {
    const outcome = outcomes.get(`examples/${name}`);
    if (outcome === undefined) throw new Error(`${name} was not run`);
    return outcome;
  }

  describe('post.ts', () => {
    it('prints the results in the order of the handles, and ends by itself', () => {
      const { stdout, stderr, code } = outcomeOf('post.ts');
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expectInOrder(stdout, '/users: 200 OK', '/orders: 200 OK', '/products: 200 OK', 'total');
    });

    it('takes as long as the token and the slowest request, not the sum of all', () => {
      const { stdout } = outcomeOf('post.ts');
      const total = Number(/^ {2}total (\d+\.\d+) s/m.exec(stdout)?.[1]);
      expect(total).to.be.greaterThan(1.75).and.lessThan(2.6);
      expect(stdout).to.include('one after the other they would take 3.30 s');
    });

    it('draws a row for each task; the requests begin, together, when the token is live', () => {
      const { stdout } = outcomeOf('post.ts');
      expectInOrder(
        stdout,
        'main ',
        'authenticate ',
        'GET /users ',
        'GET /orders ',
        'GET /products ',
        '└',
        '0.0 s',
      );
      const bars = new Map(
        ['authenticate', 'GET /users', 'GET /orders', 'GET /products'].map((name) => [
          name,
          barOf(stdout, name),
        ]),
      );
      const authenticated = bars.get('authenticate')?.end ?? Number.NaN;
      for (const name of ['GET /users', 'GET /orders', 'GET /products']) {
        expect(bars.get(name)?.begin, name).to.be.within(authenticated, authenticated + 3);
      }
      const byEnd = [...bars].sort(([, a], [, b]) => a.end - b.end).map(([name]) => name);
      expect(byEnd).to.deep.equal(['authenticate', 'GET /orders', 'GET /users', 'GET /products']);
    });
  });

  describe('failing-request.ts', () => {
    it('cancels the siblings of the failed request, and the server sees them hang up', () => {
      const { stdout, code } = outcomeOf('failing-request.ts');
      expect(code).to.equal(0);
      expectInOrder(stdout, 'POST /token: 200', 'GET /orders: 500', 'client  GET /orders: the task ends');
      for (const endpoint of ['/users', '/products']) {
        expectInOrder(stdout, 'GET /orders: 500', `server  GET ${endpoint}: the client hung up after`);
        expect(stdout).not.to.include(`server  GET ${endpoint}: 200`);
      }
    });

    it('leaves the group only when every request has ended, and draws them as cancelled', () => {
      const { stdout } = outcomeOf('failing-request.ts');
      for (const endpoint of ['/users', '/products']) {
        expectInOrder(stdout, `client  GET ${endpoint}: the task ends`, 'client  the group is left');
        expect(stdout).to.match(new RegExp(`GET ${endpoint} .*╳`));
      }
      expect(stdout).not.to.match(/GET \/orders .*╳/);
    });

    it('prints the group as a tree with the error that began it', () => {
      const { stderr } = outcomeOf('failing-request.ts');
      expectInOrder(stderr, 'ExceptionGroup', '─ RequestFailed: /orders: 500 Internal Server Error');
      expect(stderr.match(/RequestFailed:/g)).to.have.length(1);
    });
  });

  it('five-tasks.ts: five side by side, finished in order; then two failures, both arriving', () => {
    const { stdout, stderr, code } = outcomeOf('five-tasks.ts');
    const all = [0, 1, 2, 3, 4];
    expect(stderr).to.equal('');
    expect(stdout.split('\n')).to.deep.equal([
      ...all.map((index) => `Task ${index} running`),
      ...all.map((index) => `Task ${index} finished`),
      'All tasks finished!',
      '',
      ...all.map((index) => `Task ${index} running`),
      'Task 1 fails',
      'Task 3 fails',
      ...[0, 2, 4].map((index) => `Task ${index} cleans up`),
      'Spilt tea: on the warp',
      'Torn threads: near the edge',
      '',
    ]);
    expect(code).to.equal(0);
  });

  it('first-page.ts: prints what the README says', () => {
    const { stdout, stderr, code } = outcomeOf('first-page.ts');
    expect(stderr).to.equal('');
    expect(stdout).to.equal(quotedOutputOf('examples/first-page.ts'));
    expect(code).to.equal(0);
  });

  it('comparison/async-await.ts: prints what first-page.ts prints', () => {
    expect(outcomeOf('comparison/async-await.ts')).to.deep.equal(outcomeOf('first-page.ts'));
  });

  it('rare-failure.ts: replays the run that went wrong, without the server', () => {
    const { stdout, stderr, code } = outcomeOf('rare-failure.ts');
    expect(stderr).to.equal('');
    expect(stdout.split('\n')).to.deep.equal([
      'it went wrong: answer to "t"',
      'the tasks ended in this order: search tr, search t, main',
      'when the right answer had come, 1 other search was still under way',
      'the same again: answer to "t"',
      'the server was asked 0 times',
      '',
    ]);
    expect(code).to.equal(0);
  });

  for (const file of QUICK) {
    const name = file.slice('examples/'.length);
    it(`${name}: prints what is quoted`, () => {
      const { stdout, stderr, code } = outcomeOf(name);
      expect(stderr).to.equal('');
      expect(stdout).to.equal(quotedOutputOf(file));
      expect(code).to.equal(name === 'tutorial/10-main.ts' ? 130 : 0);
    });
  }
});

for (const [path, text] of [
  ['README.md', README],
  ['examples/comparison/README.md', COMPARISON],
] as const) {
  describe(path, () => {
    const programs = fencesOf(text).filter(({ language }) => language === 'ts');

    for (const { file, text } of programs) {
      it(`quotes ${file} as it is`, () => {
        expect(text).to.equal(read(file));
      });
    }

    it('links to files that exist', () => {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
      expect(links).not.to.be.empty;
      const directory = new URL(`../${path}`, import.meta.url);
      for (const link of links) expect(existsSync(new URL(link, directory)), link).to.equal(true);
    });
  });
}

it('README.md quotes every file of the tutorial, once and in order', () => {
  const quoted = fencesOf(README).filter(
    ({ language, file }) => language === 'ts' && file.includes('/tutorial/'),
  );
  expect(quoted.map(({ file }) => file)).to.deep.equal(TUTORIAL);
});

function quotedOutputOf(file: string): string | undefined {
  const fences = [...fencesOf(README), ...fencesOf(COMPARISON)];
  return fences.find((fence) => fence.language === 'text' && fence.file === file)?.text;
}

/** Where a task's bar begins and ends in the chart, in columns. */
function barOf(chart: string, name: string): { begin: number; end: number } {
  const row = chart.split('\n').find((line) => new RegExp(`─ ${name} `).test(line)) ?? '';
  const bar = /[●─╳]+(?= +\d+\.\d\d s)/.exec(row);
  if (bar === null) throw new Error(`no bar for ${name} in:\n${chart}`);
  return { begin: bar.index, end: bar.index + bar[0].length - 1 };
}

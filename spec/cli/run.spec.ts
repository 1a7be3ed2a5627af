/** `treadle run`: which program a file is, in which language, and what the process ends with. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Project } from '../support/command.js';

/** Whether Node itself reads TypeScript: what can be erased, no more. */
const IS_STRIPPED = 'typescript' in process.features && Boolean(process.features.typescript);

const TYPED = `
import { sleep, type Coroutine } from 'treadle';
import { greeting } from './greeting.js';
${IS_STRIPPED ? '' : 'enum Unerasable { no }'}
export function* main(): Coroutine<void> {
  yield* sleep(1);
  const text: string = greeting;
  console.log(text);
}
`;
const GREETING = `export const greeting: string = 'typed';`;

describe('treadle run', function () {
  this.timeout(60_000);
  let project: Project;

  before(async () => {
    project = await Project.create();
  });

  after(() => project.remove());

  /** Runs a program; gives its exit code and what it wrote. */
  async function runs(name: string, source: string, ...args: string[]): Promise<[number, string, string]> {
    const { code, stdout, stderr } = await project.treadle('run', project.write(name, source), ...args);
    return [code, stdout, stderr];
  }

  it('runs what a file exports as main', async () => {
    const source = `
      import { sleep, currentTask } from 'treadle';
      export function* main() { yield* sleep(1); console.log('ran', currentTask().name); }`;
    expect(await runs('exports-main.mjs', source)).to.deep.equal([0, 'ran main\n', '']);
  });

  it('runs what a file exports as default, if it is a generator function', async () => {
    const source = `
      import { sleep } from 'treadle';
      export default function* () { yield* sleep(1); console.log('ran'); process.exitCode = 7; }`;
    expect(await runs('exports-default.mjs', source)).to.deep.equal([7, 'ran\n', '']);
  });

  it('runs what CommonJS exports', async () => {
    const source = `
      const { sleep } = require('treadle');
      exports.main = function* () { yield* sleep(1); console.log('ran'); };`;
    // Only Node 22 and later require ES modules; older ones import them.
    const older = source.replace(/^.*require.*$/m, '').replace('yield* sleep(1);', '');
    expect(await runs('exports.cjs', older)).to.deep.equal([0, 'ran\n', '']);
  });

  it('runs an effect that main gives as well as a generator', async () => {
    const source = `
      import { coroutine, sleep } from 'treadle';
      export const main = coroutine('main', function* () { yield* sleep(1); console.log('ran'); });`;
    expect(await runs('effect.mjs', source)).to.deep.equal([0, 'ran\n', '']);
  });

  it('runs a file that calls run by itself once, whatever it exports', async () => {
    const source = `
      import { run } from 'treadle';
      export function* main() { console.log('ran'); }
      await run(main);`;
    expect(await runs('calls-run.mjs', source)).to.deep.equal([0, 'ran\n', '']);
  });

  it('runs a file that begins its run only later', async () => {
    const source = `
      import { run } from 'treadle';
      setTimeout(() => run(function* () { console.log('ran'); }), 5);`;
    expect(await runs('later.mjs', source)).to.deep.equal([0, 'ran\n', '']);
  });

  it('hands the arguments on, options too, as if Node had been started with the file', async () => {
    const source = `export function* main() { console.log(JSON.stringify(process.argv.slice(1))); }`;
    const [code, stdout] = await runs('argv.mjs', source, 'one', '--two', '-h');
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal([join(project.folder, 'argv.mjs'), 'one', '--two', '-h']);
  });

  it('prints an error that nobody caught as a tree, and exits with 1', async () => {
    const source = `export function* main() { throw new Error('broken'); }`;
    const [code, , stderr] = await runs('throws.mjs', source);
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/^Error: broken\n/)
      .and.to.include('in task main (#1)');
  });

  it('prints what a file throws while it is loaded, and exits with 1', async () => {
    const [code, , stderr] = await runs('top.mjs', `throw new RangeError('at the top');`);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^RangeError: at the top\n/);
  });

  const SERVER = `import { createServer } from 'node:net'; createServer().listen(0);`;

  it('ends when the file throws, as under Node, though it has left a server open', async () => {
    const [code, , stderr] = await runs('open.mjs', `${SERVER} throw new Error('at the top');`);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^Error: at the top\n/);
  });

  it('ends when there is nothing to run, though the file has left a server open', async () => {
    const [code, , stderr] = await runs('async.mjs', `${SERVER} export async function main() {}`);
    expect(code).to.equal(2);
    expect(stderr).to.match(/exports a main that is an async function/);
  });

  it('lets the program end by a signal in its own way', async () => {
    const source = `
      import { sleepForever } from 'treadle';
      export function* main() {
        try { console.log('up'); yield* sleepForever(); } finally { console.log('down'); }
      }`;
    const started = project.start('run', project.write('signal.mjs', source));
    await started.says('up');
    started.process.kill('SIGTERM');
    const { code, stdout } = await started.ended;
    expect([code, stdout]).to.deep.equal([143, 'up\ndown\n']);
  });

  it('gives the program its own copy of the package', async () => {
    const foreign = `
      export const main = (body) => { console.log('run by the copy of the project', [...body()].length); };
      export const sleep = 1;`;
    const other = await Project.create();
    try {
      // Another copy than that of the command: what it exports is what must run the program.
      await rm(join(other.folder, 'node_modules/treadle'));
      other.write('node_modules/treadle/package.json', '{ "type": "module", "exports": "./index.js" }');
      other.write('node_modules/treadle/index.js', foreign);
      other.write('p.mjs', `import 'treadle'; export function* main() { yield 1; }`);
      const { stdout } = await other.treadle('run', 'p.mjs');
      expect(stdout).to.equal('run by the copy of the project 1\n');
    } finally {
      await other.remove();
    }
  });

  it('gives a program that has no copy installed the one of the command', async () => {
    const bare = await realpath(await mkdtemp(join(tmpdir(), 'treadle-bare-')));
    try {
      const file = join(bare, 'p.mjs');
      await writeFile(
        file,
        `import { sleep } from 'treadle'; import 'treadle/debug';
         export function* main() { yield* sleep(1); console.log('ran'); }`,
      );
      const { code, stdout, stderr } = await project.treadle('run', file);
      expect([code, stdout, stderr]).to.deep.equal([0, 'ran\n', '']);
    } finally {
      await rm(bare, { recursive: true });
    }
  });

  describe('with TypeScript', () => {
    let typed: Project;

    beforeEach(async () => {
      typed = await Project.create();
      typed.write('typed.ts', TYPED);
      typed.write('greeting.ts', GREETING);
    });

    afterEach(() => typed.remove());

    for (const name of ['tsx', 'esbuild']) {
      it(`reads it with ${name}, if the project has that`, async () => {
        typed.install(name);
        const { code, stdout, stderr } = await typed.treadle('run', 'typed.ts');
        expect([code, stdout, stderr]).to.deep.equal([0, 'typed\n', '']);
      });
    }

    it('says where it is wrong', async () => {
      typed.install('tsx');
      typed.write('wrong.ts', 'export const x: = 5;');
      const { code, stderr } = await typed.treadle('run', 'wrong.ts');
      expect(code).to.equal(2);
      expect(stderr)
        .to.match(/^treadle: .*wrong\.ts does not load: /)
        .and.to.include('wrong.ts:1:16');
    });

    it('says how to make a module of it, if it is taken for CommonJS', async () => {
      typed.install('tsx');
      typed.write('loose/package.json', '{}');
      typed.write('loose/top.ts', "import { run } from 'treadle';\nawait run(function* () {});\n");
      const { code, stderr } = await typed.treadle('run', 'loose/top.ts');
      expect(code).to.equal(2);
      expect(stderr).to.match(/Top-level await[\s\S]*\nNo package\.json .* name it \.mts, or put/);
    });

    if (!IS_STRIPPED) {
      it('says what to install, if nothing reads it', async () => {
        const { code, stderr } = await typed.treadle('run', 'typed.ts');
        expect(code).to.equal(2);
        expect(stderr).to.match(
          /typed\.ts is TypeScript, which Node [\d.]+ does not read by itself: install tsx/,
        );
      });
    }
  });

  describe('refuses, with a sentence and the exit code 2,', () => {
    const BAD: readonly [what: string, source: string, said: RegExp][] = [
      [
        'a file in which there is nothing to run',
        'export const x = 1;',
        /there was nothing to run: it exports no main/,
      ],
      [
        'a syntax error, saying where',
        'export const x = ;',
        /does not load: SyntaxError: [^\n]*\n.*refused\.mjs:1\nexport const x = ;\n +\^/,
      ],
      [
        'an import that leads nowhere',
        `import 'no-such-package';`,
        /does not load: .*Cannot find package 'no-such-package'/,
      ],
      [
        'a main that is no function',
        'export const main = 5;',
        /exports a main that is no function: export function\* main/,
      ],
      [
        'a main that is an async function',
        'export async function main() {}',
        /exports a main that is an async function/,
      ],
    ];
    for (const [what, source, said] of BAD) {
      it(what, async () => {
        const [code, stdout, stderr] = await runs('refused.mjs', source);
        expect(stderr)
          .to.match(said)
          .and.to.match(/^treadle: /);
        expect([code, stdout]).to.deep.equal([2, '']);
      });
    }

    const ARGUMENTS: readonly [what: string, args: readonly string[], said: RegExp][] = [
      ['a file that is not there', ['run', 'nowhere.mjs'], /^treadle: there is no file .*nowhere\.mjs/],
      ['a folder', ['run', '.'], /is no file: give the path of the program itself/],
      ['no file', ['run'], /missing required argument 'file'/],
      ['an unknown command', ['rum'], /unknown command 'rum'\n\(Did you mean run\?\)/],
      ['an unknown option', ['run', '--fast', 'x.mjs'], /unknown option '--fast'/],
      ['no command', [], /Usage: treadle/],
    ];
    for (const [what, args, said] of ARGUMENTS) {
      it(what, async () => {
        const { code, stdout, stderr } = await project.treadle(...args);
        expect(stderr).to.match(said);
        expect([code, stdout]).to.deep.equal([2, '']);
      });
    }
  });

  it('says when a file waits at its top for what never comes', async () => {
    const [code, , stderr] = await runs('stuck.mjs', 'await new Promise(() => {});');
    expect(code).to.equal(13);
    expect(stderr).to.match(
      /stuck\.mjs ended at an await outside of all functions that nothing will ever settle/,
    );
  });

  it('tells its version', async () => {
    const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
    const { code, stdout } = await project.treadle('--version');
    expect([code, stdout]).to.deep.equal([0, `${version}\n`]);
  });

  it('has help', async () => {
    const { code, stdout } = await project.treadle('--help');
    expect(code).to.equal(0);
    for (const name of ['run', 'trace', 'ps', 'pstree'])
      expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
    const run = await project.treadle('run', '--help');
    expect(run.stdout)
      .to.match(/Usage: treadle run/)
      .and.to.include('The exit code is that of the program');
  });
});

/** `make run FILE=…`: any file, wherever it lies. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = `
  import { run, sleep } from 'treadle';
  import { VirtualBackend } from 'treadle/testing';
  import { five } from './five.ts';
  WAIT run(function* main() {
    yield* sleep(five);
    console.log('slept', process.argv.slice(2));
  }, { backend: new VirtualBackend() });
`;

describe('make run', function () {
  this.timeout(30_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'treadle make '));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** As a shell starts it. What the recipe depends on is taken for done: this is no place to install packages in. */
  function make(file: string): { stdout: string; stderr: string; status: number | null } {
    const installed = ['-o', 'node_modules', '-o', 'node_modules/.package-lock.json'];
    const { NODE_OPTIONS: _, MAKEFLAGS: _flags, MAKELEVEL: _level, ...env } = process.env;
    return spawnSync('make', [...installed, 'run', `FILE=${file}`, 'ARGS=one "and two"'], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
    });
  }

  for (const [name, type] of [
    ['my.ts', undefined],
    ['my.mts', undefined],
    ['module/my.ts', '{ "type": "module" }'],
    ['silent/my.ts', '{}'],
    ['commonjs/my.ts', '{ "type": "commonjs" }'],
  ] as const) {
    it(`finds the package for ${name} outside of this folder, which has none`, () => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      if (type !== undefined) writeFileSync(join(dirname(file), 'package.json'), type);
      writeFileSync(join(dirname(file), 'five.ts'), 'export const five = 5;');
      // Top-level await is for all but those whose package says that they are none.
      writeFileSync(file, PROGRAM.replace('WAIT', name.startsWith('commonjs') ? 'void' : 'await'));
      const { stdout, stderr, status } = make(file);
      expect(stderr).to.equal('');
      expect(stdout).to.equal(`slept [ 'one', 'and two' ]\n`);
      expect(status).to.equal(0);
    });
  }

  it('says in a line that there is no such file', () => {
    const { stdout, stderr, status } = make('examples/psot.ts');
    expect(stderr.split('\n')[0]).to.equal(
      `make run FILE=…: there is no ${join(ROOT, 'examples/psot.ts')} (a relative path starts in ${ROOT.replace(/\/$/, '')})`,
    );
    expect(stderr).to.not.match(/^ +at /m);
    expect(stdout).to.equal('');
    expect(status).to.equal(2);
  });

  it('leaves what Node says of other packages as it is', () => {
    const file = join(folder, 'other.mts');
    writeFileSync(file, `import 'treadled';`);
    const { stderr, status } = make(file);
    expect(stderr).to.match(/Cannot find package 'treadled' imported from/);
    expect(status).not.to.equal(0);
  });
});

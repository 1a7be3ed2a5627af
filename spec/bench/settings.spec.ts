/** What the commands of the benchmark suite say of settings that mean nothing: a line, and no stack. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('settings of the benchmarks', function () {
  this.timeout(30_000);

  for (const script of ['bench/run.ts', 'bench/programs/run.ts', 'bench/scale/run.ts']) {
    for (const [settings, complaint] of [
      [{ ONLY: 'nonsense' }, /^ONLY=nonsense is unknown: there are \w.*\n$/],
      [{ ROUNDS: 'few' }, /^ROUNDS must be 1 or more, not 'few'\n$/],
    ] as const) {
      it(`${script} refuses ${Object.entries(settings).join().replace(',', '=')}`, () => {
        const { NODE_OPTIONS: _, ...env } = process.env;
        const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', script], {
          cwd: ROOT,
          env: { ...env, QUICK: '1', ...settings },
          encoding: 'utf8',
        });
        expect(stderr).to.match(complaint);
        expect(stdout).to.equal('');
        expect(status).to.equal(1);
      });
    }
  }
});

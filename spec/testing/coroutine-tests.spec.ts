/** The adapter with a framework made for the purpose, so that failing tests can be looked at; then with node:test. */
import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as nodeTest from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  currentTime,
  ExceptionGroup,
  KEEP_WAITING,
  run,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
  until,
  withPortal,
} from 'treadle';
import { type CoroutineTestOptions, coroutineTests, VirtualBackend } from 'treadle/testing';
import { rejection } from '../support/contract.js';

/** A framework that keeps what it is given. */
function framework() {
  const given: { kind: string; title: string; fn: (this: unknown, context?: unknown) => Promise<void> }[] =
    [];
  const takeTest = (kind: string) => (title: string, fn: () => Promise<void>) =>
    void given.push({ kind, title, fn });
  const takeHook = (kind: string) => (fn: () => Promise<void>) => void given.push({ kind, title: '', fn });
  return {
    given,
    it: Object.assign(takeTest('it'), { only: takeTest('only'), skip: takeTest('skip') }),
    describe: (title: string, define: () => void) => {
      given.push({ kind: 'describe', title, fn: async () => {} });
      define();
    },
    beforeAll: takeHook('beforeAll'),
    afterAll: takeHook('afterAll'),
    beforeEach: takeHook('beforeEach'),
    afterEach: takeHook('afterEach'),
  };
}

/** Defines one test, runs it, and gives its failure's message, or 'passed'. */
async function outcome(body: () => Generator<never, unknown> | object, options?: CoroutineTestOptions) {
  const fake = framework();
  coroutineTests(fake).it('a test', body as never, options);
  try {
    await fake.given[0]?.fn.call({});
    return 'passed';
  } catch (error) {
    return (error as Error).message;
  }
}

/** For the compiler: node:test is a framework as it is. */
export const adapted = (framework: typeof nodeTest) =>
  coroutineTests<unknown, nodeTest.TestContext>(framework).it('typed', function* (t) {
    t.diagnostic('typed');
  });

describe('coroutineTests', () => {
  it('runs the body to its end, on the virtual clock unless told otherwise', async () => {
    const log: string[] = [];
    const body = function* () {
      const start = currentTime();
      yield* sleep(3);
      log.push(currentTime() - start === 3 ? 'exactly 3' : 'more');
    };
    expect(await outcome(body)).to.equal('passed');
    expect(await outcome(body, { backend: 'node' })).to.equal('passed');
    const clock = new VirtualBackend();
    expect(await outcome(body, { backend: () => clock })).to.equal('passed');
    expect(log).to.deep.equal(['exactly 3', 'more', 'exactly 3']);
    expect(clock.now()).to.equal(3);
  });

  it('fails with the error of the body', async () => {
    const failed = await outcome(function* () {
      yield* sleep(1);
      throw new RangeError('no good');
    });
    expect(failed).to.equal('no good');
  });

  it('fails with a group whose stack, which is what frameworks print, shows the errors in it', async () => {
    const fake = framework();
    coroutineTests(fake).it('a test', function* () {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* worker() {
          throw new RangeError('no good', { cause: new Error('bad news') });
        });
      });
    });
    const error = (await rejection(fake.given[0]?.fn.call({}) as Promise<void>)) as ExceptionGroup;
    expect(error).to.be.instanceOf(ExceptionGroup);
    expect(error.stack).to.match(
      /^ExceptionGroup: 1 error in .*RangeError: no good\n.* at worker \(.*spec.ts.*in task worker.*cause: Error: bad news/s,
    );
  });

  it('says so when the body is no coroutine', async () => {
    expect(await outcome(async () => {})).to.match(/^Treadle's it\(\).* Promise.*function\*/);
    expect(await outcome((() => {}) as never)).to.match(/^Treadle's it\(\).*undefined.*function\*/);
  });

  it('refuses at once what is no function: a body that is missing, or stands after its options', () => {
    const { it: define, beforeEach: hook } = coroutineTests(framework());
    expect(() => define('a test', undefined as never)).to.throw(
      TypeError,
      'generator function, not undefined',
    );
    expect(() => define('a test', { timeout: 5 } as never, function* () {} as never)).to.throw(
      TypeError,
      'the options of it(title, body, options) come last',
    );
    expect(() => hook(undefined as never)).to.throw(TypeError, 'generator function, not undefined');
  });

  it('hands on what the framework gives, and shows it no parameters', async () => {
    const fake = framework();
    const seen: unknown[] = [];
    coroutineTests<{ name: string }, number>(fake).it('a test', function* (context) {
      seen.push(this.name, context);
    });
    const [test] = fake.given;
    expect(test?.fn).to.have.length(0);
    await test?.fn.call({ name: 'itself' }, 5);
    expect(seen).to.deep.equal(['itself', 5]);
  });

  it('defines tests, suites and hooks in the framework, once or for each backend', () => {
    const fake = framework();
    const tests = coroutineTests(fake);
    const body = function* () {};
    tests.it('one', body);
    tests.it.only('only', body);
    tests.it.skip('skipped', body);
    tests.it('each', body, { backend: 'each' });
    for (const hook of ['before', 'after', 'beforeEach', 'afterEach'] as const) tests[hook](body);
    tests.onEachBackend('suite', ({ it }) => it('inside', body));
    const lines = fake.given.map(({ kind, title }) => `${kind} ${title}`.trim());
    expect(lines.filter((line) => !line.includes('[web]')).slice(0, 5)).to.deep.equal([
      'it one',
      'only only',
      'skip skipped',
      'it each [node]',
      'it each [virtual]',
    ]);
    expect(lines).to.include.members(['beforeAll', 'afterAll', 'beforeEach', 'afterEach']);
    expect(lines).to.include.members(['describe suite [node]', 'describe suite [virtual]', 'it inside']);
  });

  it('fails a test that leaves a listener, a timer or a run behind, and names it', async () => {
    const emitter = new EventEmitter();
    const failed = await outcome(function* () {
      emitter.on('data', () => {});
      const timer = setTimeout(() => {}, 10_000);
      emitter.once('tidy', () => clearTimeout(timer));
      const job = run(() => sleepForever(), { name: 'forgotten', backend: 'virtual' });
      emitter.once('tidy', () => job.cancel());
      job.catch(() => {});
    });
    emitter.emit('tidy');
    emitter.removeAllListeners();
    expect(failed).to.match(/^left behind:\n {2}- run "forgotten" still goes on, with 1 task:/);
    expect(failed).to.match(/ {2}- a listener for 'data' of an object of class EventEmitter added at /);
    expect(failed).to.match(/ {2}- a timer \(setTimeout, 10000 ms\) set at /);
  });

  it('does not look when it is not to, and prefers the error of the body', async () => {
    const timers: NodeJS.Timeout[] = [];
    const leave = function* () {
      timers.push(setTimeout(() => {}, 10_000));
    };
    expect(await outcome(leave, { leaks: false })).to.equal('passed');
    expect(await outcome(leave, { leaks: { timers: false } })).to.equal('passed');
    const failed = await outcome(function* () {
      timers.push(setTimeout(() => {}, 10_000));
      throw new Error('the real reason');
    });
    for (const timer of timers) clearTimeout(timer);
    expect(failed).to.equal('the real reason');
  });

  it('cancels a test that takes too long, lets it clean up, and names what its tasks wait for', async () => {
    const log: string[] = [];
    const failed = await outcome(
      function* () {
        try {
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* stuck() {
              yield* suspend(() => {}, { description: 'the answer of nobody' });
            });
          });
        } finally {
          log.push('cleaned up');
        }
      },
      { timeout: 20 },
    );
    expect(failed).to.match(/^the test did not end within 20 ms, and has 2 tasks:/);
    expect(failed).to.match(/task stuck \(#2\), spawned by task test \(#1\): the answer of nobody/);
    expect(log).to.deep.equal(['cleaned up']);
  });

  it('L8: says so when the virtual clock stands for a promise that may wait for the clock', async () => {
    const failed = await outcome(
      () =>
        withPortal((portal) =>
          until(
            (async () => {
              await portal.call(() => sleep(1000)).catch(() => {});
            })(),
          ),
        ),
      { timeout: 20 },
    );
    expect(failed).to.match(/until\(promise\).*sleep.*The virtual clock stands.*portal\.until\(promise\)/s);
  });

  it('gives up on a test that will not end, and lets one have more time that asks for it', async () => {
    let answer = (): void => {};
    const failed = await outcome(
      () =>
        suspend<void>((resume) => {
          answer = resume;
          return () => KEEP_WAITING;
        }),
      { timeout: 15, leaks: false },
    );
    answer();
    expect(failed).to.match(/^the test did not end within 15 ms, and has 1 task:/);
    const fake = framework();
    let limit = 10;
    coroutineTests(fake, { backend: 'node' }, () => limit).it('a test', function* () {
      limit = 10_000;
      yield* sleep(30);
    });
    await fake.given[0]?.fn.call({});
  });

  it('looks at the limit after the first step, in which a test may have shortened it', async () => {
    const fake = framework();
    let limit = 60_000;
    coroutineTests(fake, {}, () => limit).it('a test', function* () {
      limit = 10;
      yield* suspend(() => {}, { description: 'the answer of nobody' });
    });
    const error = await rejection(fake.given[0]?.fn.call({}) as Promise<void>);
    expect((error as Error).message).to.match(/^the test did not end within 10 ms.*the answer of nobody/s);
  });

  it('lets a hook leave things behind', async () => {
    const fake = framework();
    const emitter = new EventEmitter();
    coroutineTests(fake).before(function* () {
      emitter.on('data', () => {});
    });
    await fake.given[0]?.fn.call({});
    expect(emitter.listenerCount('data')).to.equal(1);
  });

  it('works with node:test', async function () {
    this.timeout(30_000);
    const root = fileURLToPath(new URL('../..', import.meta.url));
    // Inside the package, so that it finds it by its name; in a folder that nobody keeps.
    await mkdir(join(root, 'coverage'), { recursive: true });
    const folder = await mkdtemp(join(root, 'coverage', 'node-test-'));
    try {
      const file = join(folder, 'sample.ts');
      await writeFile(
        file,
        `import * as framework from 'node:test';
         import { currentTime, sleep } from 'treadle';
         import { coroutineTests } from 'treadle/testing';
         const { it, beforeEach } = coroutineTests<unknown, framework.TestContext>(framework);
         let count = 0;
         beforeEach(function* () { yield* sleep(1); count++; });
         it('sleeps', function* (t) {
           yield* sleep(60_000);
           t.diagnostic(\`woke at \${currentTime()} after \${count} hook\`);
         });
         it('leaks', function* () { setTimeout(() => {}, 500); });
         it.skip('is skipped', function* () { throw new Error(); });`,
      );
      const args = ['--import', 'tsx', '--conditions=treadle-source', '--test-reporter=tap', file];
      const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
        execFile(process.execPath, args, { cwd: root }, (_error, out) => resolve({ stdout: out }));
      });
      const lines = stdout.split('\n').filter((line) => /^(not )?ok |woke|a timer/.test(line.trim()));
      expect(lines.map((line) => line.trim().replace(/ set at .*/, ' set'))).to.deep.equal([
        'ok 1 - sleeps',
        '# woke at 60000 after 1 hook',
        'not ok 2 - leaks',
        '- a timer (setTimeout, 500 ms) set',
        'ok 3 - is skipped # SKIP',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

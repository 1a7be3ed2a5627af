/**
 * The door `treadle/mocha`: mocha's `it` and hooks for coroutines. Mocha's own functions are globals; they are looked
 * up when a test is defined, so this file may be loaded before mocha.
 *
 *     import { beforeEach, it } from 'treadle/mocha';
 *
 *     it('lets one in at a time', function* () {
 *       yield* taskGroup(function* (tg) { … });
 *     });
 */
import { type CoroutineTests, coroutineTests, type TestFramework } from './coroutine-tests.js';

/** What mocha gives a test as `this`, as far as tests use it. */
export interface MochaContext {
  timeout(): number;
  timeout(ms: number | string): unknown;
  slow(ms: number | string): unknown;
  retries(count: number): unknown;
  skip(): never;
  [name: string]: unknown;
}

function mocha<K extends keyof TestFramework>(name: K): NonNullable<TestFramework[K]> {
  const found = (globalThis as unknown as Partial<TestFramework>)[name];
  if (found === undefined) {
    throw new Error(
      `treadle/mocha found no global ${name}(): mocha defines it in the files that it runs. ` +
        'For node:test and Vitest use coroutineTests() of treadle/testing.',
    );
  }
  return found;
}

const framework: TestFramework = {
  get it() {
    return mocha('it');
  },
  get describe() {
    return mocha('describe');
  },
  get before() {
    return mocha('before');
  },
  get after() {
    return mocha('after');
  },
  get beforeEach() {
    return mocha('beforeEach');
  },
  get afterEach() {
    return mocha('afterEach');
  },
};

/** Before mocha gives up, the test fails with a list of its tasks: after this part of mocha's own timeout. */
const SHARE = 0.85;

function timeoutOf(context: unknown): number {
  const ms = (context as MochaContext).timeout();
  return ms > 0 ? ms * SHARE : Infinity;
}

const tests: CoroutineTests<MochaContext> = coroutineTests<MochaContext>(framework, {}, timeoutOf);

/**
 * Defines a test whose body is a coroutine, in a run of its own: on the virtual backend, or where `options.backend`
 * says. The test fails if tasks, timers or listeners are left behind. `it.only` and `it.skip` are there too.
 *
 * @example
 *     it('times out', function* () {
 *       yield* sleep(60_000);                       // takes no time
 *     });
 *     it('reads a file', function* () { … }, { backend: 'node' });
 *     it('is fair', function* () { … }, { backend: 'each' });
 */
export const it: CoroutineTests<MochaContext>['it'] = tests.it;
/** Runs a coroutine before the tests of the suite, in a run of its own. */
export const before: CoroutineTests<MochaContext>['before'] = tests.before;
/** Runs a coroutine after the tests of the suite, in a run of its own. */
export const after: CoroutineTests<MochaContext>['after'] = tests.after;
/** Runs a coroutine before each test of the suite, in a run of its own. */
export const beforeEach: CoroutineTests<MochaContext>['beforeEach'] = tests.beforeEach;
/** Runs a coroutine after each test of the suite, in a run of its own. */
export const afterEach: CoroutineTests<MochaContext>['afterEach'] = tests.afterEach;
/** Defines a suite per available backend; the functions given to `define` use that one. */
export const onEachBackend: CoroutineTests<MochaContext>['onEachBackend'] = tests.onEachBackend;
/** The same functions with other defaults: `const { it } = withOptions({ backend: 'node' })`. */
export const withOptions: CoroutineTests<MochaContext>['with'] = tests.with;

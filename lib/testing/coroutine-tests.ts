/**
 * Tests and hooks written as coroutines, for any framework whose tests may return a promise: mocha, Vitest,
 * node:test. Each test is a run of its own on the backend that was chosen, and is watched for leaks.
 *
 * Hooks are runs of their own too, and may leave things behind: that is what they are for.
 */
import { type BackendName, getAvailableBackends, resolveBackend } from '../backends/registry.js';
import { VirtualBackend } from '../backends/virtual.js';
import { describe } from '../base/durations.js';
import { formatErrorTree } from '../base/error-tree.js';
import { ExceptionGroup } from '../base/exception-group.js';
import type { Backend } from '../kernel/backend.js';
import type { Operation } from '../kernel/effect.js';
import type { Loop } from '../kernel/loop.js';
import { checkOperation } from '../kernel/operation.js';
import { start } from '../run.js';
import { type LeakOptions, leakError, listTasks, watchLeaks } from './leaks.js';

export interface CoroutineTestOptions {
  /**
   * Where the test runs: a backend by name, what makes one, or 'each' for a test per available backend. Default
   * 'virtual': no test waits for real time unless it wants to.
   */
  backend?: BackendName | 'each' | (() => Backend);
  /** What counts as left behind; false: do not look. Default: everything. */
  leaks?: boolean | LeakOptions;
  /** Real milliseconds after which the test is cancelled and fails with a list of its tasks. */
  timeout?: number;
}

/** The functions of the framework, as far as they are used; a framework without globals imports them. */
export interface TestFramework {
  readonly it: FrameworkTest & { readonly only: FrameworkTest; readonly skip: FrameworkTest };
  readonly describe: (title: string, define: () => void) => unknown;
  readonly before?: FrameworkHook;
  readonly beforeAll?: FrameworkHook;
  readonly after?: FrameworkHook;
  readonly afterAll?: FrameworkHook;
  readonly beforeEach: FrameworkHook;
  readonly afterEach: FrameworkHook;
}
type FrameworkTest = (title: string, test: () => Promise<void>) => unknown;
type FrameworkHook = (hook: () => Promise<void>) => unknown;

/** A test or hook; `this` and `context` are what the framework gives. */
export type TestBody<This = unknown, Context = unknown> = (
  this: This,
  context: Context,
) => Operation<unknown>;

export type CoroutineTest<This, Context> = (
  title: string,
  body: TestBody<This, Context>,
  options?: CoroutineTestOptions,
) => void;

type Hook<This, Context> = (body: TestBody<This, Context>) => void;

export interface CoroutineTests<This = unknown, Context = unknown> {
  readonly it: CoroutineTest<This, Context> & {
    readonly only: CoroutineTest<This, Context>;
    readonly skip: CoroutineTest<This, Context>;
  };
  readonly before: Hook<This, Context>;
  readonly after: Hook<This, Context>;
  readonly beforeEach: Hook<This, Context>;
  readonly afterEach: Hook<This, Context>;
  /** The same functions with other defaults. */
  with(options: CoroutineTestOptions): CoroutineTests<This, Context>;
  /** Defines a suite per available backend, in which the functions given to `define` use that backend. */
  onEachBackend(
    title: string,
    define: (tests: CoroutineTests<This, Context>, backend: BackendName) => void,
  ): void;
}

/** Milliseconds that the framework will wait, where it tells. */
type TimeoutOf = (self: unknown) => number;

/**
 * Makes `it` and the hooks of a framework take coroutines.
 *
 * @param framework The framework's own functions.
 * @param defaults Options of each test that does not say otherwise.
 * @example
 *     import * as framework from 'node:test';       // or from 'vitest'
 *     const { it } = coroutineTests(framework);
 *     it('sleeps', function* () {
 *       yield* sleep(1000);
 *     });
 */
export function coroutineTests<This = unknown, Context = unknown>(
  framework: TestFramework,
  defaults: CoroutineTestOptions = {},
  timeoutOf: TimeoutOf = () => Infinity,
): CoroutineTests<This, Context> {
  const defining =
    (functionOf: () => FrameworkTest): CoroutineTest<This, Context> =>
    (title, body, options) => {
      const settings = { ...defaults, ...options };
      const { backend = 'virtual' } = settings;
      const define = (name: string, makeBackend: () => Backend): void => {
        functionOf()(name, adapt(body, makeBackend, settings, timeoutOf));
      };
      if (backend !== 'each') define(title, maker(backend));
      else for (const name of getAvailableBackends()) define(`${title} [${name}]`, maker(name));
    };

  const hooking =
    (functionOf: () => FrameworkHook | undefined): Hook<This, Context> =>
    (body) => {
      const { backend = 'virtual' } = defaults;
      const makeBackend = maker(backend === 'each' ? 'virtual' : backend);
      const hook = functionOf();
      if (hook === undefined) throw new TypeError('the test framework has no such hook');
      hook(adapt(body, makeBackend, { ...defaults, leaks: false }, timeoutOf));
    };

  const tests: CoroutineTests<This, Context> = {
    it: Object.assign(
      defining(() => framework.it),
      {
        only: defining(() => framework.it.only),
        skip: defining(() => framework.it.skip),
      },
    ),
    before: hooking(() => framework.before ?? framework.beforeAll),
    after: hooking(() => framework.after ?? framework.afterAll),
    beforeEach: hooking(() => framework.beforeEach),
    afterEach: hooking(() => framework.afterEach),
    with: (options) => coroutineTests(framework, { ...defaults, ...options }, timeoutOf),
    onEachBackend(title, define) {
      for (const backend of getAvailableBackends()) {
        framework.describe(`${title} [${backend}]`, () => define(tests.with({ backend }), backend));
      }
    },
  };
  return tests;
}

function maker(backend: BackendName | (() => Backend)): () => Backend {
  return typeof backend === 'function' ? backend : () => resolveBackend(backend);
}

/** The function that the framework calls. It has no parameters: frameworks count them, and read their names. */
function adapt<This, Context>(
  body: TestBody<This, Context>,
  makeBackend: () => Backend,
  options: CoroutineTestOptions,
  timeoutOf: TimeoutOf,
): () => Promise<void> {
  if (typeof body !== 'function') {
    throw new TypeError(
      `a test or hook is a generator function, not ${describe(body)}; the options of it(title, body, options) come last`,
    );
  }
  return async function (this: unknown): Promise<void> {
    // biome-ignore lint/complexity/noArguments: see above.
    const context = arguments[0] as Context;
    const test = () => {
      const operation = body.call(this as This, context);
      checkOperation(operation, "Treadle's it(), or a hook,");
      return operation;
    };
    const limit = () => options.timeout ?? timeoutOf(this);
    const { leaks = true } = options;
    if (leaks === false) return runTest(test, makeBackend(), limit);
    const watch = watchLeaks(leaks === true ? {} : leaks);
    let left: string[] = [];
    try {
      await runTest(test, makeBackend(), limit);
    } finally {
      left = await watch.settle();
    }
    if (left.length > 0) throw leakError(left);
  };
}

/** What setTimeout takes at most. */
const LONGEST_LOOK = 0x7fffffff;

// Kept, for a test may put fake timers in their place.
const hostNow = performance.now.bind(performance);
const { setTimeout: setHostTimeout, clearTimeout: clearHostTimeout } = globalThis;

/** Why a virtual clock does not move on, if that may be what the test hangs on. */
function standing(backend: Backend, { foreign, timers }: Loop): string {
  if (!(backend instanceof VirtualBackend) || foreign === 0 || timers.deadline === Infinity) return '';
  return (
    '\nThe virtual clock stands while a task waits for something outside of the run. If that is a promise which ' +
    "itself waits for calls through a portal, wait with portal.until(promise); to move it by hand use the clock's advance(ms)."
  );
}

/** Frameworks print an error's `stack`, and that of a group tells nothing of the errors in it: here it does. */
function inFull(error: unknown): unknown {
  if (error instanceof ExceptionGroup) {
    Object.defineProperty(error, 'stack', {
      value: formatErrorTree(error),
      configurable: true,
      writable: true,
    });
  }
  return error;
}

/** Drives one test. One that takes too long is cancelled, and fails with what its tasks waited for. */
async function runTest(test: () => Operation<unknown>, backend: Backend, limit: () => number): Promise<void> {
  const startedAt = hostNow();
  const { promise, state } = start(test, backend, { name: 'the test' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tooLong: Error | undefined;
  const givenUp = new Promise<void>((resolve) => {
    const look = (): void => {
      // Asked again each time: a test may give itself more time.
      const ms = limit();
      const left = startedAt + ms - hostNow();
      if (left === Infinity) return;
      if (left > 0) {
        timer = setHostTimeout(look, Math.min(left, LONGEST_LOOK));
        return;
      }
      tooLong = new Error(
        `the test did not end within ${ms} ms, and has ${listTasks(state.main)}${standing(backend, state.loop)}`,
      );
      // What its clean-up takes is given it, but not for ever.
      timer = setHostTimeout(resolve, Math.max(10, ms / 10));
      state.cancel('the test took too long');
    };
    timer = setHostTimeout(look, 0); // not now: the test's first step may set the limit
  });
  try {
    await Promise.race([promise, givenUp]);
  } catch (error) {
    throw tooLong ?? inFull(error);
  } finally {
    clearHostTimeout(timer);
  }
  if (tooLong !== undefined) throw tooLong;
}

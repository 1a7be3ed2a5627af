/**
 * What bad input gets: an error of the right class that names the mistake and the remedy, thrown where the mistake
 * is. None of it harms the loop: after each mistake the same run, a task that was running beside it, and a new run
 * do their work.
 *
 * Most of these programs do not compile, which `@ts-expect-error` asserts; they are what a JavaScript program, or
 * one with a cast, can do.
 */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  coroutine,
  currentEffectiveDeadline,
  currentTask,
  currentTime,
  failAfter,
  failAt,
  getAvailableBackends,
  moveOnAfter,
  moveOnAt,
  NoEventLoopError,
  type Operation,
  runningTasks,
  run as runOnce,
  runSync,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
  until,
} from 'treadle';
import { type BoundRun, onEachBackend, rejection, thrown } from './support/contract.js';
import { liveRuns } from './support/live-runs.js';
import { failure, outcome } from './support/outcome.js';

/** What a loop that is well can do: two children, a timer, a deadline, a cancelled scope. */
function* healthy(): Coroutine<string> {
  const story: string[] = [];
  yield* taskGroup(function* (tg) {
    for (const name of ['a', 'b']) {
      tg.startSoon(function* () {
        yield* checkpoint();
        story.push(name);
        yield* sleep(1);
        story.push(name);
      });
    }
  });
  story.push(yield* outcome(checkpoint()));
  story.push(yield* outcome(moveOnAfter(1, () => sleep(60_000), { otherwise: 'late' })));
  yield* cancelScope(function* (scope) {
    scope.cancel();
    story.push(yield* outcome(checkpoint()));
  });
  return story.join(' ');
}
const HEALTHY = 'a b a b value undefined value late Cancelled';

/**
 * Makes the mistake inside a task that catches it, beside another task, and gives the error. `mistake` throws, or
 * gives an operation that throws when it is yielded.
 */
async function mistakeIn(run: BoundRun, mistake: () => Operation<unknown>): Promise<Error> {
  const errors: unknown[] = [];
  const story = await run(function* () {
    return yield* taskGroup(function* (tg) {
      const bystander = tg.startSoon(healthy);
      yield* checkpoint();
      errors.push(
        yield* failure(
          call(function* () {
            return yield* mistake();
          }),
        ),
      );
      return [yield* healthy(), yield* bystander];
    });
  });
  expect(story, 'after the mistake, and beside it').deep.equal([HEALTHY, HEALTHY]);
  expect(await run(healthy), 'a new run').equal(HEALTHY);
  const [error] = errors;
  if (!(error instanceof Error)) throw new Error(`no error was thrown but ${String(error)}`);
  return error;
}

/** The same for a mistake that the call of `run` itself is: whether it throws or rejects. */
async function mistakeAtRun(mistake: () => unknown): Promise<Error> {
  const error = await rejection((async () => mistake())());
  expect(await runOnce(healthy, { backend: 'virtual' })).equal(HEALTHY);
  if (!(error instanceof Error)) throw new Error(`no error was thrown but ${String(error)}`);
  return error;
}

class ForeignEffect {
  readonly kind = 'sleep';
}
const noPrototype: object = Object.create(null);
const hostile = {
  toString(): string {
    throw new Error('toString was called');
  },
  get name(): string {
    throw new Error('name was read');
  },
};

function refuse(): never {
  throw new Error('it was looked at');
}
const withoutThen = {
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
  get then(): unknown {
    return refuse();
  },
};
const untouchable = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse });

onEachBackend('bad input', (run) => {
  describe('throwing what cannot be looked at', () => {
    for (const [where, wrap] of [
      ['a task', (body: () => Coroutine<never>) => body],
      ['a scope', (body: () => Coroutine<never>) => () => moveOnAfter(10, body)],
      ['a called coroutine', (body: () => Coroutine<never>) => () => call(body)],
    ] as const) {
      it(`out of ${where}: the group fails with a TypeError, and its other tasks clean up`, async () => {
        const story: string[] = [];
        const error = await mistakeIn(run, () =>
          taskGroup(
            function* (tg) {
              tg.startSoon(function* () {
                yield* wrap(function* () {
                  yield* checkpoint();
                  throw untouchable;
                })();
              });
              try {
                yield* sleep(60_000);
              } finally {
                story.push('cleaned up');
              }
            },
            { collapse: true },
          ),
        );
        expect(story).deep.equal(['cleaned up']);
        expect(error).instanceOf(TypeError);
        expect(error.message).match(/thrown.*looked at/);
      });
    }
  });

  describe('yielding what is no effect', () => {
    function* child(): Coroutine<void> {
      yield* checkpoint();
    }
    async function asyncChild(): Promise<void> {
      throw new Error('boom');
    }

    const yields: readonly [string, () => unknown, RegExp, RegExp?][] = [
      ['a promise', () => Promise.resolve(1), /Promise/, /until/],
      ['what an async function returned', asyncChild, /Promise/, /until/],
      ['an async generator', async function* () {}, /async generator/, /fromAsyncIterable/],
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      ['a thenable', () => ({ then: () => {} }), /Promise|thenable/i, /until/],
      ['a coroutine, the star forgotten', child, /coroutine|generator/i, /yield\*|call/],
      ['a generator function that was not called', () => child, /function/, /call/],
      ['an async function', () => asyncChild, /async/, /until/],
      ['undefined, by a bare yield', () => undefined, /undefined/, /checkpoint|yield\*/],
      ['null', () => null, /null/],
      ['a number', () => 42, /42|number/],
      ['a string', () => 'sleep', /sleep|string/],
      ['a symbol', () => Symbol('mine'), /mine|symbol/i],
      ['a bigint', () => 10n, /10|bigint/],
      ['a foreign effect', () => new ForeignEffect(), /ForeignEffect/],
      ['a plain object', () => ({ type: 'sleep', ms: 5 }), /object/i],
      ['an object without a prototype', () => noPrototype, /object/i],
      ['an array of effects', () => [sleep(1), sleep(2)], /Array|array/],
      ['an object that throws when it is looked at', () => hostile, /object/i],
      ['an error', () => new RangeError('mine'), /RangeError/],
      ['an object whose then cannot be read', () => withoutThen, /object.*no effect/],
      ['a proxy whose traps all throw', () => untouchable, /object.*no effect/],
    ];
    for (const [name, make, naming, remedy] of yields) {
      it(`${name}: a TypeError into the coroutine, at that yield`, async () => {
        const story: string[] = [];
        const error = await mistakeIn(run, function* (): Coroutine<void> {
          story.push('before');
          try {
            // @ts-expect-error only effects may be yielded
            yield make();
            story.push('never');
          } catch (caught) {
            story.push('caught at the yield');
            // the coroutine goes on if it likes
            story.push(yield* outcome(sleep(1)));
            throw caught;
          }
        });
        expect(story).deep.equal(['before', 'caught at the yield', 'value undefined']);
        expect(error).instanceOf(TypeError);
        expect(error.message).match(naming);
        if (remedy !== undefined) expect(error.message).match(remedy);
      });
    }

    it('a task handle: the TypeError says that a star is missing', async () => {
      const error = await mistakeIn(run, () =>
        taskGroup(
          function* (tg): Coroutine<void> {
            const handle = tg.startSoon(child);
            // @ts-expect-error only effects may be yielded
            yield handle;
          },
          { collapse: true },
        ),
      );
      expect(error).instanceOf(TypeError);
      expect(error.message).match(/yield\*/);
    });

    it('in a frame deep down, in a child and in a finally block', async () => {
      function* wrong(): Coroutine<void> {
        // @ts-expect-error only effects may be yielded
        yield 42;
      }
      const places: (() => Operation<unknown>)[] = [
        () => call(() => call(() => call(wrong))),
        () =>
          taskGroup(
            function* (tg) {
              tg.startSoon(wrong);
            },
            { collapse: true },
          ),
        function* () {
          try {
            yield* checkpoint();
          } finally {
            yield* wrong();
          }
        },
      ];
      for (const place of places) expect(await mistakeIn(run, place)).instanceOf(TypeError);
    });
  });

  describe('functions that give no operation', () => {
    /** Its rejection is nobody's: it must not end the process. */
    async function asyncFunction(): Promise<void> {
      throw new Error('boom');
    }
    function plainFunction(): void {}

    // `never` fits every parameter: what the functions below refuse is passed to all of them alike.
    const wrong = (value: unknown): never => value as never;
    const called = (fn: () => unknown): never => wrong(fn());
    const takers: readonly [string, (fn: never) => Operation<unknown>][] = [
      ['startSoon', (fn) => inGroup((tg) => tg.startSoon(fn))],
      ['createTask of what it returned', (fn) => inGroup((tg) => tg.createTask(called(fn)))],
      ['start', (fn) => inGroup((tg) => tg.start(fn))],
      ['startTask', (fn) => inGroup((tg) => tg.startTask(fn, []))],
      ['call', (fn) => call(fn)],
      ['coroutine', (fn) => coroutine('wrong', fn)()],
      ['taskGroup', (fn) => taskGroup(fn, { collapse: true })],
      ['cancelScope', (fn) => cancelScope(fn)],
      ['CancelScope.run', (fn) => new CancelScope().run(fn)],
      ['moveOnAfter', (fn) => moveOnAfter(100, fn)],
      ['moveOnAt', (fn) => moveOnAt(null, fn)],
      ['failAfter', (fn) => failAfter(100, fn)],
      ['failAt', (fn) => failAt(null, fn)],
      ['shield', (fn) => shield(fn)],
    ];

    for (const [name, give] of takers) {
      it(`${name}: an async function is a TypeError that says what to write instead`, async () => {
        const error = await mistakeIn(run, () => give(wrong(asyncFunction)));
        expect(error).instanceOf(TypeError);
        expect(error.message)
          .match(/async|promise/i)
          .and.match(/function\*|until/);
      });

      it(`${name}: so is a plain function that returns nothing`, async () => {
        const error = await mistakeIn(run, () => give(wrong(plainFunction)));
        expect(error).instanceOf(TypeError);
        expect(error.message)
          .match(/undefined/)
          .and.match(/function\*|operation/);
        if (/^start|^call/.test(name)) expect(error.message.startsWith(`${name}() was given`)).to.equal(true);
      });

      it(`${name}: so are functions that return a number, an array or a function`, async () => {
        for (const value of [42, [sleep(1)], plainFunction, null, 'text']) {
          expect(await mistakeIn(run, () => give(wrong(() => value)))).instanceOf(TypeError);
        }
      });

      if (!name.startsWith('createTask')) {
        it(`${name}: so is a coroutine in place of its function`, async () => {
          const error = await mistakeIn(run, () => give(wrong(healthy())));
          expect(error).instanceOf(TypeError);
          expect(error.message).match(/function/);
        });
      }
    }

    it('startSoon throws where the mistake is: in the task that calls it, and spawns nothing', async () => {
      const story: string[] = [];
      await run(function* () {
        yield* taskGroup(function* (tg) {
          // @ts-expect-error an async function gives no operation
          story.push(thrown(() => tg.startSoon(asyncFunction)) instanceof TypeError ? 'TypeError' : 'other');
          // @ts-expect-error a plain function gives no operation
          story.push(thrown(() => tg.startSoon(plainFunction)) instanceof TypeError ? 'TypeError' : 'other');
          story.push(`tasks: ${runningTasks().length}`);
        });
      });
      expect(story).deep.equal(['TypeError', 'TypeError', 'tasks: 1']);
    });

    it('createTask of a function that was not called says so', async () => {
      const error = await mistakeIn(run, () =>
        inGroup((tg) => {
          // @ts-expect-error a function is no operation
          return tg.createTask(healthy);
        }),
      );
      expect(error).instanceOf(TypeError);
      expect(error.message)
        .match(/function/)
        .and.match(/call/);
    });

    it('an error that a plain function throws is what the caller gets', async () => {
      const boom = (): Operation<void> => {
        throw new RangeError('in the function');
      };
      for (const [name, give] of takers) {
        const error = await mistakeIn(run, () => give(wrong(boom)));
        expect(String(error), name).equal('RangeError: in the function');
      }
    });
  });

  describe('coroutine objects given twice', () => {
    it('createTask: a TypeError in the caller, naming the remedy', async () => {
      const error = await mistakeIn(run, () =>
        inGroup((tg) => {
          const used = healthy();
          tg.createTask(used);
          return tg.createTask(used);
        }),
      );
      expect(error).instanceOf(TypeError);
      expect(error.message)
        .match(/coroutine/)
        .and.match(/again|new/);
    });

    it('call of one that has ended: a TypeError at the yield', async () => {
      const error = await mistakeIn(run, function* () {
        const used = healthy();
        yield* call(() => used);
        yield* call(() => used);
      });
      expect(error).instanceOf(TypeError);
      expect(error.message)
        .match(/coroutine/)
        .and.match(/again|new/);
    });

    it('call of one that another task drives: a TypeError here, and nothing there', async () => {
      const story: string[] = [];
      const error = await mistakeIn(run, () =>
        inGroup((tg) => {
          const used = healthy();
          const owner = tg.createTask(used);
          return call(function* () {
            yield* checkpoint();
            const wrong = yield* failure(call(() => used));
            story.push(yield* owner);
            throw wrong;
          });
        }),
      );
      expect(error).instanceOf(TypeError);
      expect(story).deep.equal([HEALTHY]);
    });
  });

  describe('groups that are over', () => {
    const spawns: readonly [string, (tg: TaskGroup) => Operation<unknown>][] = [
      ['startSoon', (tg) => tg.startSoon(healthy)],
      ['createTask', (tg) => tg.createTask(healthy())],
      ['start', (tg) => tg.start(healthy)],
      ['startTask', (tg) => tg.startTask(healthy, [])],
    ];
    for (const [name, spawn] of spawns) {
      it(`${name} into a group that is over is an error that says so`, async () => {
        const error = await mistakeIn(run, function* () {
          const groups: TaskGroup[] = [];
          yield* taskGroup(function* (tg) {
            groups.push(tg);
          });
          for (const tg of groups) yield* spawn(tg);
        });
        expect(error.message)
          .match(/group/)
          .and.match(/closed|over|ended|finished/);
      });
    }

    it('a coroutine that a closed group refused can still be run elsewhere', async () => {
      const story = await run(function* () {
        const groups: TaskGroup[] = [];
        yield* taskGroup(function* (tg) {
          groups.push(tg);
        });
        const coroutine = healthy();
        for (const tg of groups) thrown(() => tg.createTask(coroutine));
        return yield* call(() => coroutine);
      });
      expect(story).equal(HEALTHY);
    });

    it('so it is after the run, from outside', async () => {
      const groups: TaskGroup[] = [];
      await run(function* () {
        yield* taskGroup(function* (tg) {
          groups.push(tg);
        });
      });
      for (const tg of groups) expect(thrown(() => tg.startSoon(healthy))).instanceOf(Error);
      expect(await run(healthy)).equal(HEALTHY);
    });
  });

  describe('started()', () => {
    it('called twice: an error in the task that calls it, at the second call', async () => {
      const story: string[] = [];
      const error = await mistakeIn(run, () =>
        taskGroup(
          function* (tg) {
            story.push(
              yield* tg.start(function* (status: { started(value: string): void }) {
                status.started('first');
                const twice = thrown(() => status.started('second'));
                yield* checkpoint();
                throw twice;
              }),
            );
          },
          { collapse: true },
        ),
      );
      expect(story).deep.equal(['first']);
      expect(error.message)
        .match(/started/)
        .and.match(/twice|again|already|once/);
    });

    it('never called: an error to the caller of start, at that yield, that says so', async () => {
      for (const name of ['start', 'startTask'] as const) {
        const error = await mistakeIn(run, () =>
          inGroup((tg) => (name === 'start' ? tg.start(healthy) : tg.startTask(healthy, []))),
        );
        expect(error.message).match(/started/);
      }
    });
  });

  describe('times', () => {
    const durations: readonly [string, (ms: number) => Operation<unknown>][] = [
      ['sleep', (ms) => sleep(ms)],
      ['moveOnAfter', (ms) => moveOnAfter(ms, checkpoint)],
      ['failAfter', (ms) => failAfter(ms, checkpoint)],
      ['new CancelScope({ timeout })', (ms) => new CancelScope({ timeout: ms }).run(checkpoint)],
    ];
    const deadlines: readonly [string, (time: number) => Operation<unknown>][] = [
      ['sleepUntil', (time) => sleepUntil(time)],
      ['moveOnAt', (time) => moveOnAt(time, checkpoint)],
      ['failAt', (time) => failAt(time, checkpoint)],
      ['new CancelScope({ deadline })', (time) => new CancelScope({ deadline: time }).run(checkpoint)],
      ['cancelScope(body, { deadline })', (time) => cancelScope(checkpoint, { deadline: time })],
      [
        'scope.deadline =',
        (time) => {
          const scope = new CancelScope();
          scope.deadline = time;
          return scope.run(checkpoint);
        },
      ],
    ];
    const noNumbers: readonly unknown[] = [
      '5',
      5n,
      {},
      [],
      true,
      new Date(5),
      Symbol('5'),
      () => 5,
      noPrototype,
    ];

    for (const [name, give] of durations) {
      for (const ms of [-1, -0.001, -Infinity, NaN]) {
        it(`${name} with ${ms}: a RangeError that names it, at the call`, async () => {
          expect(thrown(() => give(ms))).instanceOf(RangeError);
          const error = await mistakeIn(run, () => give(ms));
          expect(error).instanceOf(RangeError);
          expect(error.message).include(String(ms));
        });
      }
    }

    for (const [name, give] of deadlines) {
      it(`${name} with NaN: a RangeError that names it, at the call`, async () => {
        expect(thrown(() => give(NaN))).instanceOf(RangeError);
        const error = await mistakeIn(run, () => give(NaN));
        expect(error).instanceOf(RangeError);
        expect(error.message).include('NaN');
      });
    }

    for (const [name, give] of [...durations, ...deadlines]) {
      it(`${name} with what is no number: a TypeError, at the call`, async () => {
        for (const wrong of noNumbers) {
          const error = thrown(() => give(wrong as number));
          expect(error, typeof wrong).instanceOf(TypeError);
          expect(error instanceof Error && error.message).match(/number|millisecond/);
        }
        expect(await mistakeIn(run, () => give('5' as unknown as number))).instanceOf(TypeError);
      });
    }

    it('sleep and sleepUntil want a number, null and undefined are none', () => {
      for (const wrong of [undefined, null]) {
        expect(thrown(() => sleep(wrong as unknown as number))).instanceOf(TypeError);
        expect(thrown(() => sleepUntil(wrong as unknown as number))).instanceOf(TypeError);
      }
    });

    it('a deadline that was refused leaves the one there was', async () => {
      await run(function* () {
        const deadline = currentTime() + 60_000;
        const scope = new CancelScope({ deadline });
        thrown(() => {
          scope.deadline = NaN;
        });
        expect(scope.deadline).equal(deadline);
        yield* scope.run(function* () {
          const entered = scope.deadline;
          thrown(() => {
            scope.deadline = NaN;
          });
          expect(scope.deadline).equal(entered);
          expect(yield* outcome(sleep(1))).equal('value undefined');
        });
      });
    });
  });

  describe('functions for tasks, outside of any', () => {
    const taskOnly: readonly [string, () => unknown][] = [
      ['currentTime', currentTime],
      ['currentEffectiveDeadline', currentEffectiveDeadline],
      ['currentTask', currentTask],
      ['runningTasks', runningTasks],
    ];
    for (const [name, fn] of taskOnly) {
      it(`${name}(): a NoEventLoopError that names it and the remedy`, async () => {
        const error = thrown(fn);
        expect(error).instanceOf(NoEventLoopError);
        expect(error instanceof Error && error.message)
          .include(name)
          .and.match(/task|run/);
        await run(healthy);
        expect(thrown(fn), 'after a run').instanceOf(NoEventLoopError);
      });

      it(`${name}(): so it is in a callback of the host while a run is parked`, async () => {
        const error = await run(() =>
          suspend<unknown>((resume) => void setTimeout(() => resume(thrown(fn)), 1)),
        );
        expect(error).instanceOf(NoEventLoopError);
      });

      it(`${name}(): and in an async function that a task waits for, after its first await`, async () => {
        const error = await run(() =>
          until(async () => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            return thrown(fn);
          }),
        );
        expect(error).instanceOf(NoEventLoopError);
      });
    }
  });

  describe('backends and runs', () => {
    it('an unknown backend: an error that names it and lists those available', async () => {
      // @ts-expect-error there is no such backend
      const error = await mistakeAtRun(() => run(healthy, { backend: 'nodejs' }));
      expect(error.message).include('nodejs');
      for (const name of getAvailableBackends()) expect(error.message).include(name);
    });

    it('main that is no function, or gives no operation: a TypeError', async () => {
      const wrong: readonly (() => unknown)[] = [
        // @ts-expect-error a coroutine in place of its function
        () => run(healthy()),
        // @ts-expect-error nothing at all
        () => run(),
        // @ts-expect-error an async function gives no operation
        () => run(async () => Promise.reject(new Error('boom'))),
        // @ts-expect-error a plain function gives no operation
        () => run(() => 42),
      ];
      for (const mistake of wrong) expect(await mistakeAtRun(mistake)).instanceOf(TypeError);
    });

    it('a plain main that throws before it returns an operation: the run rejects with that error', async () => {
      const running = run((): Operation<void> => {
        throw new RangeError('in main');
      });
      expect(String(await rejection(running))).equal('RangeError: in main');
    });
  });

  describe('backends and runs of the wrong shape', () => {
    it('instruments that are none: a TypeError', async () => {
      for (const wrong of [null, 5, 'x']) {
        // @ts-expect-error these are no instruments
        const error = await mistakeAtRun(() => run(healthy, { instruments: [{}, wrong] }));
        expect(error).instanceOf(TypeError);
        expect(error.message).match(/instruments holds Instrument objects, not/);
      }
    });

    it('a backend whose connect() gives no connection: a TypeError that names it, and no run is left', async () => {
      for (const connection of [undefined, { soon() {}, later() {}, idle() {} }]) {
        const before = liveRuns().size;
        const backend = { name: 'half', now: () => 0, connect: () => connection as never };
        const error = await mistakeAtRun(() => runOnce(healthy, { backend }));
        expect(error).instanceOf(TypeError);
        expect(error.message).match(/backend "half".*has no (soon|close)\(\)/);
        expect(liveRuns().size).equal(before);
      }
    });

    it('a backend that cannot be asked for a turn: its error, and no run and no listener is left', async () => {
      const before = liveRuns().size;
      const { signal } = new AbortController();
      const soon = (): void => {
        throw new RangeError('no turns');
      };
      const connection = { soon, later() {}, idle() {}, close() {} };
      const backend = { name: 'broken', now: () => 0, connect: () => connection };
      const error = await mistakeAtRun(() => runOnce(healthy, { backend, signal }));
      expect(String(error)).equal('RangeError: no turns');
      expect([liveRuns().size, getEventListeners(signal, 'abort')]).deep.equal([before, []]);
    });
  });

  describe('scopes', () => {
    it('a shield that is neither true nor false: a TypeError, wherever it is given', async () => {
      const wrong = { shield: 'no' as unknown as boolean };
      const makers: readonly (() => unknown)[] = [
        () => new CancelScope(wrong),
        () => cancelScope(healthy, wrong),
        () => moveOnAfter(5, healthy, wrong),
        () => moveOnAt(null, healthy, wrong),
        () => failAfter(5, healthy, wrong),
        () => failAt(null, healthy, wrong),
      ];
      for (const make of makers) {
        const error = await mistakeIn(run, make as never);
        expect(error).instanceOf(TypeError);
        expect(error.message).equal('shield must be true or false');
      }
    });

    it('run twice: a body that is a plain function is not called the second time', async () => {
      let calls = 0;
      await mistakeIn(run, function* () {
        const scope = new CancelScope();
        const effect = scope.run(() => {
          calls++;
          return checkpoint();
        });
        yield* effect;
        yield* effect;
      });
      expect(calls).equal(1);
    });

    it('run twice, one after the other: an error at the second yield that names the remedy', async () => {
      const story: unknown[] = [];
      const error = await mistakeIn(run, function* () {
        const scope = new CancelScope();
        const effect = scope.run(function* () {
          story.push('body');
        });
        yield* effect;
        yield* effect;
      });
      expect(story).deep.equal(['body']);
      expect(error.message)
        .match(/scope/i)
        .and.match(/once|again|new/);
    });

    it('run inside itself: an error there, and the outer one goes on', async () => {
      const story: string[] = [];
      const error = await mistakeIn(run, function* () {
        const scope = new CancelScope();
        const errors: unknown[] = [];
        yield* scope.run(function* () {
          errors.push(yield* failure(scope.run(checkpoint)));
          story.push(yield* outcome(checkpoint()));
          scope.cancel();
          story.push(yield* outcome(checkpoint()));
        });
        story.push(yield* outcome(checkpoint()));
        throw errors[0];
      });
      expect(story).deep.equal(['value undefined', 'Cancelled', 'value undefined']);
      expect(error.message)
        .match(/scope/i)
        .and.match(/once|again|new/);
    });

    it('run in another task while it is on in this one: an error there, and nothing here', async () => {
      const story: string[] = [];
      const error = await mistakeIn(run, function* () {
        const scope = new CancelScope();
        const errors: unknown[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            errors.push(yield* failure(scope.run(checkpoint)));
          });
          yield* scope.run(function* () {
            story.push(yield* outcome(sleep(1)));
          });
          // the scope was left by the task that entered it, and by no other
          story.push(yield* outcome(checkpoint()));
        });
        throw errors[0];
      });
      expect(story).deep.equal(['value undefined', 'value undefined']);
      expect(error.message).match(/scope/i);
    });

    it('a body that another task was to finish is left where it was entered', async () => {
      const story: string[] = [];
      await run(function* () {
        const scope = new CancelScope();
        // A scope cannot be carried into another task: its body runs in a frame of the task that yields the effect.
        const halfway = (function* (): Coroutine<void> {
          yield* scope.run(sleepForever);
          story.push('the generator goes on');
        })();
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* (): Coroutine<void> {
            const first = halfway.next();
            if (first.done !== true) yield first.value;
            story.push('scope left in its own task');
          });
          yield* sleep(1);
          scope.cancel();
        });
        story.push(`caught ${scope.cancelledCaught}`);
        yield* halfway;
      });
      expect(story).deep.equal(['scope left in its own task', 'caught true', 'the generator goes on']);
    });

    it('options of the wrong type: a TypeError at the call', () => {
      // @ts-expect-error shield is a boolean
      expect(thrown(() => new CancelScope({ shield: 1 }))).instanceOf(TypeError);
      expect(
        thrown(() => {
          // @ts-expect-error shield is a boolean
          new CancelScope().shield = 'yes';
        }),
      ).instanceOf(TypeError);
    });
  });

  describe('suspend and until', () => {
    it('suspend without a starter: a TypeError', async () => {
      for (const wrong of [undefined, 42, Promise.resolve()]) {
        // @ts-expect-error the starter is a function
        expect(await mistakeIn(run, () => suspend(wrong))).instanceOf(TypeError);
      }
    });

    it('suspend with options that are none: a TypeError', async () => {
      // @ts-expect-error the options are an object
      const error = await mistakeIn(run, () => suspend(() => {}, 5));
      expect(error).instanceOf(TypeError);
      expect(error.message).match(/options of suspend\(starter, options\) are an object, not 5/);
    });

    it('until given no promise, or a function that returns none: a TypeError', async () => {
      for (const wrong of [undefined, 42, {}, () => 42, () => undefined]) {
        // @ts-expect-error these are no promises
        expect(await mistakeIn(run, () => until(wrong))).instanceOf(TypeError);
      }
    });
  });
});

describe('bad input [runSync]', () => {
  const needs: readonly [string, () => Operation<unknown>, RegExp][] = [
    ['until', () => until(Promise.resolve(1)), /until/],
    ['until with a function', () => until(() => Promise.resolve(1)), /until/],
    ['suspend', () => suspend<void>((resume) => void setTimeout(resume, 1)), /suspend/],
  ];
  for (const [name, wait, naming] of needs) {
    it(`runSync on a program that needs the host (${name}): an error that names the wait, after clean-up`, () => {
      const story: string[] = [];
      const error = thrown(() =>
        runSync(function* waiter() {
          try {
            yield* wait();
          } finally {
            story.push('clean-up');
          }
        }),
      );
      expect(error).instanceOf(Error);
      expect(error instanceof Error && error.message)
        .match(naming)
        .and.match(/runSync/)
        .and.match(/run\(/);
      expect(story).deep.equal(['clean-up']);
      expect(runSync(healthy)).equal(HEALTHY);
    });
  }

  it('runSync on a program that sleeps for ever ends in an error too, and names it', () => {
    const error = thrown(() => runSync(() => sleepForever()));
    expect(error).instanceOf(Error);
    expect(error instanceof Error && error.message).match(/sleepForever/);
    expect(runSync(healthy)).equal(HEALTHY);
  });

  it('runSync on another backend than the virtual one: an error that says so', () => {
    const error = thrown(() => runSync(healthy, { backend: 'node' }));
    expect(error instanceof Error && error.message)
      .match(/virtual/)
      .and.match(/node/);
  });

  it('runSync on an unknown backend, or without an operation: errors at the call', () => {
    // @ts-expect-error there is no such backend
    expect(String(thrown(() => runSync(healthy, { backend: 'nodejs' })))).include('nodejs');
    // @ts-expect-error an async function gives no operation
    expect(thrown(() => runSync(async () => {}))).instanceOf(TypeError);
    // @ts-expect-error a coroutine in place of its function
    expect(thrown(() => runSync(healthy()))).instanceOf(TypeError);
    expect(runSync(healthy)).equal(HEALTHY);
  });
});

/** Does something with an open group, and gives the error itself. */
function inGroup(body: (tg: TaskGroup) => Operation<unknown>): Operation<unknown> {
  return taskGroup(
    function* (tg) {
      yield* body(tg);
    },
    { collapse: true },
  );
}

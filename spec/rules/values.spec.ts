/** Rules V1 to V3 of the design: effects as values, checkpoints, and which numbers are times. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  coroutine,
  currentTime,
  type Effect,
  failAfter,
  failAt,
  moveOnAfter,
  moveOnAt,
  type Operation,
  run as runOnce,
  shield,
  sleep,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure, outcome } from '../support/outcome.js';

onEachBackend('values', (run, { it }) => {
  describe('V1 effects', () => {
    it('V1: creating an effect does nothing', async () => {
      const story: string[] = [];
      const tell = (label: string) =>
        function* () {
          story.push(label);
        };
      await run(function* () {
        const scope = new CancelScope();
        const created: Effect<unknown>[] = [
          suspend<void>((resume) => {
            story.push('starter');
            resume();
          }),
          until(async () => {
            story.push('until');
          }),
          call(tell('call')),
          coroutine(tell('coroutine'))(),
          cancelScope(tell('cancelScope')),
          scope.run(tell('scope.run')),
          shield(tell('shield')),
          moveOnAfter(1, tell('moveOnAfter')),
          failAfter(1, tell('failAfter')),
          taskGroup(tell('taskGroup')),
          sleep(1),
        ];
        yield* sleep(5);
        story.push('nothing ran');
        for (const effect of created) yield* effect;
      });
      expect(story).deep.equal([
        'nothing ran',
        'starter',
        'until',
        'call',
        'coroutine',
        'cancelScope',
        'scope.run',
        'shield',
        'moveOnAfter',
        'failAfter',
        'taskGroup',
      ]);
    });

    it('V1: creating start() and startTask() starts nothing', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.start(function* () {
          story.push('start');
        });
        tg.startTask(function* () {
          story.push('startTask');
        }, []);
        yield* sleep(1);
      });
      expect(story).deep.equal([]);
    });

    it('V1: an effect can be kept and yielded again, and works anew each time', function* () {
      let starts = 0;
      const kept = suspend<number>((resume) => {
        starts++;
        resume(starts);
      });
      const results = yield* call(function* () {
        return [yield* kept, yield* kept, yield* kept];
      });
      expect(results).deep.equal([1, 2, 3]);
    });

    it('V1: the effect of a function calls it at each yield, with the same arguments', function* () {
      const story: string[] = [];
      const greet = function* (name: string) {
        story.push(name);
        yield* checkpoint();
        return `hello ${name}`;
      };
      const kept = [call(greet, 'Ada'), coroutine(greet)('Grace')];
      for (const effect of [...kept, ...kept]) story.push(yield* effect);
      const once = ['Ada', 'hello Ada', 'Grace', 'hello Grace'];
      expect(story).deep.equal([...once, ...once]);
    });

    it('V1: the effect of a group or a scope makes a new one at each yield', function* () {
      const groups = new Set<TaskGroup>();
      const scopes = new Set<CancelScope>();
      const group = taskGroup(function* (tg) {
        groups.add(tg);
        tg.startSoon(() => sleep(1));
        tg.cancel();
      });
      const scope = cancelScope(function* (inner) {
        scopes.add(inner);
        inner.cancel();
        yield* checkpoint();
        return 'never';
      });
      const results = yield* call(function* () {
        yield* group;
        yield* group;
        return [yield* scope, yield* scope];
      });
      expect([groups.size, scopes.size, results]).deep.equal([2, 2, [undefined, undefined]]);
    });

    it('V1: the countdown of a kept effect starts at each yield', function* () {
      const kept = moveOnAfter(100, () => sleep(1), { otherwise: 'late' });
      const results = yield* call(function* () {
        yield* sleep(110);
        const first = yield* kept;
        yield* sleep(110);
        return [first, yield* kept];
      });
      expect(results).deep.equal([undefined, undefined]);
    });

    it('V1: one effect may be shared by tasks that are parked on it at the same time', function* () {
      const story: string[] = [];
      const nap = sleep(2);
      let waiters: ((value: string) => void)[] = [];
      const wait = suspend<string>((resume) => {
        waiters.push(resume);
      });
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b', 'c']) {
          tg.startSoon(function* () {
            yield* nap;
            story.push(`${name} slept`);
            story.push(`${name} got ${yield* wait}`);
          });
        }
        while (waiters.length < 3) yield* sleep(1);
        const [a, b, c] = waiters;
        waiters = [];
        c?.('3');
        a?.('1');
        b?.('2');
      });
      expect(story).deep.equal(['a slept', 'b slept', 'c slept', 'c got 3', 'a got 1', 'b got 2']);
    });

    it('V1: one effect may be shared by runs that are active at the same time', async () => {
      const nap = sleep(2);
      const inner = call(function* () {
        yield* nap;
        return 'slept';
      });
      const main = function* () {
        return yield* inner;
      };
      expect(await Promise.all([run(main), run(main), runOnce(main, { backend: 'virtual' })])).deep.equal([
        'slept',
        'slept',
        'slept',
      ]);
    });

    it('V1: one effect serves as the operation of many tasks', function* () {
      const values = yield* call(function* () {
        const effect = suspend<string>((resume) => resume('value'));
        return yield* taskGroup(function* (tg) {
          const handles = [tg.createTask(effect), tg.createTask(effect)];
          const got: string[] = [];
          for (const handle of handles) got.push(yield* handle);
          return got;
        });
      });
      expect(values).deep.equal(['value', 'value']);
    });

    it('V1: a plain yield gives what yield* gives', async () => {
      const story: unknown[] = [];
      await run(function* (): Coroutine<void> {
        const value = suspend<number>((resume) => resume(42));
        story.push(yield value, yield* value);
        story.push(yield call(() => value));
        try {
          yield suspend<never>((_resume, fail) => fail(new RangeError('thrown in')));
        } catch (error) {
          story.push(String(error));
        }
      });
      expect(story).deep.equal([42, 42, 42, 'RangeError: thrown in']);
    });
  });

  describe('V1 coroutine objects', () => {
    function* child(label = 'child'): Coroutine<string> {
      yield* sleep(2);
      return label;
    }

    /** Everything that takes an operation, given one that is no longer fresh. */
    const takers: readonly [string, (tg: TaskGroup, used: Coroutine<string>) => Operation<unknown>][] = [
      [
        'createTask',
        (tg, used) =>
          call(function* () {
            yield* tg.createTask(used);
          }),
      ],
      [
        'startSoon',
        (tg, used) =>
          call(function* () {
            yield* tg.startSoon(() => used);
          }),
      ],
      ['start', (tg, used) => tg.start(() => used)],
      ['startTask', (tg, used) => tg.startTask(() => used, [])],
      ['call', (_tg, used) => call(() => used)],
      ['coroutine', (_tg, used) => coroutine('again', () => used)()],
      ['taskGroup', (_tg, used) => taskGroup(() => used)],
      ['cancelScope', (_tg, used) => cancelScope(() => used)],
      ['CancelScope.run', (_tg, used) => new CancelScope().run(() => used)],
      ['moveOnAfter', (_tg, used) => moveOnAfter(100, () => used)],
      ['failAfter', (_tg, used) => failAfter(100, () => used)],
      ['shield', (_tg, used) => shield(() => used)],
    ];

    for (const [name, give] of takers) {
      it(`V1: ${name} refuses a coroutine that belongs to another task`, function* () {
        const story: string[] = [];
        yield* taskGroup(function* (tg) {
          const used = child('the first owner');
          const owner = tg.createTask(used);
          yield* checkpoint();
          const error = yield* failure(give(tg, used));
          story.push(error instanceof TypeError ? 'TypeError' : String(error));
          // the owner does not notice
          story.push(yield* owner);
        });
        expect(story).deep.equal(['TypeError', 'the first owner']);
      });

      it(`V1: ${name} refuses a coroutine that has ended`, function* () {
        const story: string[] = [];
        yield* taskGroup(function* (tg) {
          const used = child();
          story.push(yield* call(() => used));
          const error = yield* failure(give(tg, used));
          story.push(error instanceof TypeError ? 'TypeError' : String(error));
        });
        expect(story).deep.equal(['child', 'TypeError']);
      });

      it(`V1: ${name} refuses a coroutine that waits in the ready queue for its first step`, function* () {
        const story: string[] = [];
        yield* taskGroup(function* (tg) {
          const used = child();
          const owner = tg.createTask(used);
          const error = yield* failure(give(tg, used));
          story.push(error instanceof TypeError ? 'TypeError' : String(error), yield* owner);
        });
        expect(story).deep.equal(['TypeError', 'child']);
      });
    }

    it('V1: createTask throws where the mistake is: in the caller, and starts nothing', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const used = child();
        const owner = tg.createTask(used);
        const error = thrown(() => tg.createTask(used));
        story.push(error instanceof TypeError ? 'TypeError' : String(error));
        story.push(yield* owner);
      });
      expect(story).deep.equal(['TypeError', 'child']);
    });

    it('V1: a coroutine that was given with wrong options has not been taken', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const fresh = child();
        story.push((thrown(() => tg.createTask(fresh, { context: 5 as never })) as Error).name);
        story.push((thrown(() => tg.createTask(fresh, 'name' as never)) as Error).name);
        story.push(yield* tg.createTask(fresh));
      });
      expect(story).deep.equal(['TypeError', 'TypeError', 'child']);
    });

    it('V1: a coroutine on the frame stack cannot be called by the frames above it', function* () {
      const story: string[] = [];
      const again: (() => Operation<unknown>)[] = [];
      const self = (function* (): Coroutine<void> {
        for (const callSelf of again) {
          const error = yield* failure(callSelf());
          story.push(error instanceof TypeError ? 'TypeError' : String(error));
        }
      })();
      again.push(() => call(() => self));
      yield* call(() => self);
      story.push('goes on');
      expect(story).deep.equal(['TypeError', 'goes on']);
    });

    it('V1: a coroutine that failed, or was cancelled, has ended too', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const failing = (function* (): Coroutine<void> {
          yield* checkpoint();
          throw new Error('boom');
        })();
        story.push(yield* outcome(call(() => failing)));
        const cancelled = child();
        const handle = tg.createTask(cancelled);
        yield* checkpoint();
        handle.cancel();
        yield* handle.wait();
        story.push(handle.status);
        for (const used of [failing, cancelled]) {
          const error = yield* failure(call<[], unknown>(() => used));
          story.push(error instanceof TypeError ? 'TypeError' : String(error));
        }
      });
      expect(story).deep.equal(['Error: boom', 'cancelled', 'TypeError', 'TypeError']);
    });

    it('V1: the coroutine that a handle shows belongs to its task, whose turn it is or not', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const handle = tg.startSoon(child, 'the first owner');
        for (const when of ['before its first step', 'while it sleeps']) {
          const error = yield* failure(call<[], unknown>(() => handle.coroutine));
          story.push(`${when}: ${error instanceof TypeError ? 'TypeError' : String(error)}`);
          yield* checkpoint();
        }
        story.push(yield* handle);
      });
      expect(story).deep.equal([
        'before its first step: TypeError',
        'while it sleeps: TypeError',
        'the first owner',
      ]);
    });

    // `run` may throw or reject: an async function makes one of the two.
    it('V1: run refuses a coroutine that another run has ended', async () => {
      const used = child();
      expect(await run(() => used)).equal('child');
      const error = await rejection((async () => run(() => used))());
      expect(error).instanceOf(TypeError);
      expect(await run(child)).equal('child');
    });

    it('V1: run refuses a coroutine that another run is driving', async () => {
      const used = child();
      const first = run(() => used);
      const error = await rejection((async () => run(() => used))());
      expect(error).instanceOf(TypeError);
      expect(await first).equal('child');
    });
  });

  describe('V2 checkpoints', () => {
    /** Two tasks do the same thing twice: they take turns only if it switches tasks. */
    function* turns(effect: (tg: TaskGroup) => Operation<unknown>): Coroutine<string> {
      const story: string[] = [];
      yield* taskGroup(function* (outer) {
        for (const name of ['a', 'b']) {
          outer.startSoon(function* () {
            for (const round of [1, 2]) {
              story.push(name + round);
              yield* effect(outer);
            }
          });
        }
      });
      return story.join(' ');
    }

    function* finishedTask(tg: TaskGroup): Coroutine<ReturnType<TaskGroup['startSoon']>> {
      const handle = tg.startSoon(function* () {});
      yield* handle.wait();
      return handle;
    }

    const checkpoints: readonly [string, () => Operation<unknown>][] = [
      ['checkpoint', checkpoint],
      ['cancelShieldedCheckpoint', cancelShieldedCheckpoint],
      ['sleep(0)', () => sleep(0)],
      ['sleepUntil a time past', () => call(() => sleepUntil(currentTime() - 5))],
      ['suspend resumed at once', () => suspend<void>((resume) => resume())],
      ['until a settled promise', () => until(Promise.resolve())],
      ['an empty group', () => taskGroup(function* () {})],
    ];

    for (const [name, make] of checkpoints) {
      it(`V2: ${name} that completes was a checkpoint: the other task had its turn`, function* () {
        expect(yield* turns(make)).equal('a1 b1 a2 b2');
      });
    }

    it('V2: so was a wait that failed at once', function* () {
      const failing = suspend<never>((_resume, fail) => fail(new Error('at once')));
      expect(yield* turns(() => outcome(failing))).equal('a1 b1 a2 b2');
    });

    for (const how of ['wait()', 'yield*'] as const) {
      it(`V2: ${how} on a handle whose task has ended was a checkpoint`, function* () {
        const story = yield* call(function* () {
          return yield* taskGroup(function* (tg) {
            const handle = yield* finishedTask(tg);
            return yield* turns(() => (how === 'wait()' ? handle.wait() : handle));
          });
        });
        expect(story).equal('a1 b1 a2 b2');
      });
    }

    it('V2: start() was a checkpoint', function* () {
      const story = yield* turns((tg) =>
        tg.start(function* (status) {
          status.started(undefined);
        }),
      );
      expect(story).equal('a1 b1 a2 b2');
    });

    const passages: readonly [string, (body: () => Operation<void>) => Operation<unknown>][] = [
      ['call', (body) => call(body)],
      ['a function made by coroutine()', (body) => coroutine(body)()],
      ['entering a scope', (body) => cancelScope(body)],
      ['entering a shield', (body) => shield(body)],
      ['entering a scope with a timeout', (body) => moveOnAfter(100, body)],
      ['entering a scope that fails after a timeout', (body) => failAfter(100, body)],
      ['entering a group', (body) => taskGroup(body)],
    ];

    for (const [name, wrap] of passages) {
      it(`V2: ${name} is no checkpoint: it neither switches tasks nor delivers a cancellation`, function* () {
        const story: string[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            story.push('other task');
          });
          story.push('before');
          yield* cancelScope(function* (scope) {
            scope.cancel();
            yield* wrap(function* () {
              story.push('inside');
            });
          });
        });
        expect(story).deep.equal(['before', 'inside', 'other task']);
      });
    }

    it('V2: checkpointIfCancelled switches no tasks where nothing is cancelled, as documented', function* () {
      expect(yield* turns(checkpointIfCancelled)).equal('a1 a2 b1 b2');
    });

    it('V2: cancelShieldedCheckpoint delivers no cancellation, as documented', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        story.push(yield* outcome(cancelShieldedCheckpoint()), yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value undefined', 'Cancelled']);
    });

    it('V2: the end of a group delivers no cancellation', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        story.push(
          yield* outcome(
            taskGroup(function* () {
              scope.cancel();
              return 'kept';
            }),
          ),
        );
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value kept', 'Cancelled']);
    });
  });

  describe('V3 times', () => {
    const durations: readonly [string, (ms: number) => unknown][] = [
      ['sleep', (ms) => sleep(ms)],
      ['moveOnAfter', (ms) => moveOnAfter(ms, checkpoint)],
      ['failAfter', (ms) => failAfter(ms, checkpoint)],
      ['CancelScope timeout', (ms) => new CancelScope({ timeout: ms })],
    ];
    const deadlines: readonly [string, (deadline: number) => unknown][] = [
      ['sleepUntil', (deadline) => sleepUntil(deadline)],
      ['moveOnAt', (deadline) => moveOnAt(deadline, checkpoint)],
      ['failAt', (deadline) => failAt(deadline, checkpoint)],
      ['CancelScope deadline', (deadline) => new CancelScope({ deadline })],
      [
        'scope.deadline',
        (deadline) => {
          new CancelScope().deadline = deadline;
        },
      ],
    ];

    for (const [name, give] of durations) {
      it(`V3: ${name} takes durations from 0 to Infinity and refuses negative ones and NaN`, function* () {
        for (const good of [0, -0, 0.5, 1e12, Infinity]) give(good);
        for (const bad of [-1, -1e-9, -Infinity, NaN]) expect(thrown(() => give(bad))).instanceOf(RangeError);
      });
    }

    for (const [name, give] of deadlines) {
      it(`V3: ${name} takes deadlines in the past and the future and refuses NaN`, function* () {
        for (const good of [-Infinity, -1, 0, 0.5, 1e12, Infinity]) give(good);
        expect(thrown(() => give(NaN))).instanceOf(RangeError);
      });
    }

    it('V3: a deadline that lies in the past is over at once, at the first checkpoint', function* () {
      const story: unknown[] = [];
      for (const past of [currentTime() - 1, -Infinity]) {
        yield* sleepUntil(past);
        story.push('awake');
        yield* moveOnAt(past, function* () {
          story.push('entered', yield* outcome(checkpoint()));
        });
      }
      expect(story).deep.equal(['awake', 'entered', 'Cancelled', 'awake', 'entered', 'Cancelled']);
    });

    it('V3: a duration of 0 is over at the first checkpoint, not before', function* () {
      const story: unknown[] = [];
      story.push(
        yield* moveOnAfter(0, function* () {
          return 'no checkpoint';
        }),
      );
      yield* moveOnAfter(0, function* () {
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['no checkpoint', 'Cancelled']);
    });

    it("V3: a scope's timeout starts to count on entry; before that its deadline reads as given", function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ timeout: 50 });
      story.push(scope.deadline);
      yield* sleep(60);
      story.push(scope.deadline);
      const before = currentTime();
      yield* scope.run(function* () {
        const counted = scope.deadline - before;
        story.push(counted >= 50 && counted < 1000);
        story.push(yield* outcome(sleep(1)));
      });
      expect(story).deep.equal([Infinity, Infinity, true, 'value undefined']);
    });

    it('V3: before entry the deadline of a scope with both reads as given', function* () {
      const deadline = currentTime() + 500;
      expect(new CancelScope({ deadline, timeout: 20 }).deadline).equal(deadline);
    });

    it('V3: with both a deadline and a timeout the earlier wins', function* () {
      const story: unknown[] = [];
      const soon = currentTime() + 10;
      yield* new CancelScope({ deadline: soon, timeout: 60_000 }).run(function* (scope) {
        story.push(scope.deadline === soon);
      });
      const before = currentTime();
      yield* new CancelScope({ deadline: before + 60_000, timeout: 10 }).run(function* (scope) {
        story.push(scope.deadline < before + 30_000, yield* outcome(sleep(60_000)));
      });
      expect(story).deep.equal([true, true, 'Cancelled']);
    });
  });
});

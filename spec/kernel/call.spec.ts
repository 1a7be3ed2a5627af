/**
 * The frame stack: `call` and `coroutine()`. A task resumes its topmost frame directly, so neither depth nor the
 * number of resumptions costs JavaScript stack or time beyond the work itself (rule L7).
 */
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  coroutine,
  type Effect,
  moveOnAfter,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome } from '../support/outcome.js';

const MILLION = 1_000_000;
/** Far beyond the JavaScript stack, which holds about ten thousand frames, and quicker than a million. */
const DEEP = 50_000;

onEachBackend('call', (run, { it }) => {
  describe('what it takes and gives', () => {
    it('passes the arguments and gives the value, in the order of the program', function* () {
      const story: string[] = [];
      const child = function* (name: string, count: number): Coroutine<string> {
        for (let i = 1; i <= count; i++) {
          story.push(`${name} ${i}`);
          yield* checkpoint();
        }
        return `${name} returns`;
      };
      story.push('main');
      story.push(yield* call(child, 'a', 2));
      story.push(yield* call(child, 'b', 1));
      expect(story).deep.equal(['main', 'a 1', 'a 2', 'a returns', 'b 1', 'b returns']);
    });

    it('runs the first step of the child at once, in the step of the caller', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          story.push('other task');
        });
        story.push('before');
        yield* call(function* () {
          story.push('child');
        });
        story.push('after');
      });
      expect(story).deep.equal(['before', 'child', 'after', 'other task']);
    });

    it('takes a function that returns an effect, a handle or a value-less coroutine', function* () {
      const story: unknown[] = [];
      yield* taskGroup(function* (tg) {
        const handle = tg.startSoon(function* () {
          yield* sleep(1);
          return 'from the handle';
        });
        story.push(yield* call(() => suspend<string>((resume) => resume('from the effect'))));
        story.push(
          yield* call(() =>
            call(() =>
              call(function* () {
                return 'three deep';
              }),
            ),
          ),
        );
        story.push(yield* call(() => handle));
        story.push(yield* call(function* () {}));
      });
      expect(story).deep.equal(['from the effect', 'three deep', 'from the handle', undefined]);
    });

    it('a function that throws before it returns an operation throws into the caller', function* () {
      const story: string[] = [];
      story.push(
        yield* outcome(
          call((): Effect<void> => {
            throw new RangeError('no operation');
          }),
        ),
      );
      story.push(yield* outcome(checkpoint()));
      expect(story).deep.equal(['RangeError: no operation', 'value undefined']);
    });
  });

  describe('coroutine()', () => {
    it('gives a function whose calls are effects: typed, recursive, on the frame stack', async () => {
      const fib = coroutine('fib', function* (n: number): Coroutine<number> {
        if (n < 2) return n;
        yield* checkpoint();
        return (yield* fib(n - 1)) + (yield* fib(n - 2));
      });
      expect(
        await run(function* () {
          const value: number = yield* fib(12);
          return value;
        }),
      ).equal(144);
    });

    it('needs no name', function* () {
      const double = coroutine(function* (n: number): Coroutine<number> {
        yield* checkpoint();
        return 2 * n;
      });
      expect(yield* double(21)).equal(42);
    });

    it('mutual recursion and mixed delegation keep the order', function* () {
      const story: string[] = [];
      const even = coroutine('even', function* (n: number): Coroutine<string> {
        story.push(`even ${n}`);
        return n === 0 ? 'even' : yield* odd(n - 1);
      });
      function* odd(n: number): Coroutine<string> {
        story.push(`odd ${n}`);
        yield* checkpoint();
        return n === 0 ? 'odd' : yield* even(n - 1);
      }
      story.push(yield* even(4));
      expect(story).deep.equal(['even 4', 'odd 3', 'even 2', 'odd 1', 'even 0', 'even']);
    });

    it('its tasks bear its name', function* () {
      const name = yield* call(function* () {
        const walk = coroutine('walk', function* (): Coroutine<void> {});
        return yield* taskGroup(function* (tg) {
          return tg.startSoon(walk).name;
        });
      });
      expect(name).equal('walk');
    });
  });

  describe('errors and clean-up through frames', () => {
    it('an error goes down frame by frame; any of them may catch it and go on', function* () {
      const story: string[] = [];
      const level = function* (n: number): Coroutine<string> {
        try {
          if (n === 4) throw new Error('deep');
          return yield* call(level, n + 1);
        } catch (error) {
          story.push(`${n} saw ${ending(error)}`);
          if (n > 2) throw error;
          yield* checkpoint();
          return `caught by ${n}`;
        }
      };
      story.push(yield* call(level, 0));
      expect(story).deep.equal([
        '4 saw Error: deep',
        '3 saw Error: deep',
        '2 saw Error: deep',
        'caught by 2',
      ]);
    });

    it('the error is the same object all the way', async () => {
      const boom = new Error('boom');
      const error = await rejection(
        run(() =>
          call(() =>
            call(function* () {
              yield* checkpoint();
              throw boom;
            }),
          ),
        ),
      );
      expect(error).equal(boom);
    });

    it('a frame may replace the error, or throw where there was none', function* () {
      const story: string[] = [];
      const error = yield* failure(
        call(function* () {
          try {
            yield* call(function* () {
              throw new Error('inner');
            });
          } catch (cause) {
            throw new Error('outer', { cause });
          }
        }),
      );
      story.push(ending(error), error instanceof Error ? ending(error.cause) : 'no error');
      expect(story).deep.equal(['Error: outer', 'Error: inner']);
    });

    for (const end of ['returns', 'throws', 'is cancelled'] as const) {
      it(`finally blocks run from the inside out when the innermost frame ${end}, and may yield`, function* () {
        const story: string[] = [];
        const level = function* (n: number): Coroutine<void> {
          try {
            if (n < 3) yield* n % 2 === 0 ? call(level, n + 1) : level(n + 1);
            else if (end === 'throws') throw new Error('deep');
            else if (end === 'is cancelled') yield* sleepForever();
          } finally {
            story.push(`finally ${n}`);
            if (end !== 'is cancelled') yield* sleep(1);
            story.push(`done ${n}`);
          }
        };
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            story.push(yield* outcome(call(level, 0)));
          });
          if (end === 'is cancelled') {
            yield* sleep(1);
            handle.cancel();
          }
        });
        expect(story).deep.equal([
          ...[3, 2, 1, 0].flatMap((n) => [`finally ${n}`, `done ${n}`]),
          { returns: 'value undefined', throws: 'Error: deep', 'is cancelled': 'Cancelled' }[end],
        ]);
      });
    }

    it('a return in finally wins over the error, as in any function', function* () {
      const value = yield* call(function* () {
        try {
          yield* call(function* () {
            throw new Error('lost on purpose');
          });
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that it overrides is what is tested
          return 'from finally';
        }
      });
      expect(value).equal('from finally');
    });

    it('scopes and groups between frames are left in order', function* () {
      const story: unknown[] = [];
      const value = yield* call(() =>
        cancelScope(function* (scope) {
          yield* call(() =>
            taskGroup(function* (tg) {
              tg.startSoon(function* () {
                yield* sleep(1);
                scope.cancel();
              });
              yield* call(function* () {
                try {
                  yield* call(sleepForever);
                } finally {
                  story.push('inner');
                }
              });
            }),
          );
          story.push('never');
        }),
      );
      story.push(value, yield* outcome(checkpoint()));
      expect(story).deep.equal(['inner', undefined, 'value undefined']);
    });
  });

  describe('depth', function () {
    this.timeout(60_000);

    it('L7: recursion one million calls deep works, and its values come back', function* () {
      const count = function* (n: number): Coroutine<number> {
        return n === 0 ? 0 : 1 + (yield* call(count, n - 1));
      };
      expect(yield* count(MILLION)).equal(MILLION);
    });

    it('L7: so does deep recursion through coroutine(), parked at the bottom', function* () {
      const count = coroutine('count', function* (n: number): Coroutine<number> {
        if (n > 0) return 1 + (yield* count(n - 1));
        yield* sleep(1);
        return 0;
      });
      expect(yield* count(DEEP)).equal(DEEP);
    });

    it('L7: an error comes up through all frames, each finally once', async () => {
      let unwound = 0;
      const dig = function* (n: number): Coroutine<void> {
        try {
          if (n === 0) throw new Error('bottom');
          yield* call(dig, n - 1);
        } finally {
          unwound++;
        }
      };
      expect(ending(await rejection(run(() => dig(DEEP))))).equal('Error: bottom');
      expect(unwound).equal(DEEP + 1);
    });

    it('L7: a cancel comes up through all frames, from the inside out', function* () {
      const order: number[] = [];
      const dig = function* (n: number): Coroutine<void> {
        try {
          if (n === 0) yield* sleepForever();
          else yield* call(dig, n - 1);
        } finally {
          order.push(n);
        }
      };
      yield* moveOnAfter(5, () => dig(DEEP));
      expect(order.length).equal(DEEP + 1);
      expect(order.every((n, i) => n === i)).equal(true);
    });

    it('resuming costs the same at any depth', function* () {
      // With a cost per frame and resumption this would be 2 * 10^10 steps, minutes instead of milliseconds.
      let resumed = 0;
      const dig = function* (n: number): Coroutine<void> {
        if (n > 0) yield* call(dig, n - 1);
        else for (; resumed < 100_000; resumed++) yield* checkpoint();
      };
      yield* dig(DEEP);
      expect(resumed).equal(100_000);
    });

    it('a loop of calls leaves nothing behind', function* () {
      const child = function* (n: number): Coroutine<number> {
        if (n % 1000 === 0) yield* checkpoint();
        return 1;
      };
      const sum = yield* call(function* () {
        let total = 0;
        for (let i = 0; i < 300_000; i++) total += yield* call(child, i);
        return total;
      });
      expect(sum).equal(300_000);
    });
  });
});

/** moveOnAfter, moveOnAt, failAfter, failAt, shield and currentEffectiveDeadline. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  currentEffectiveDeadline,
  currentTime,
  type Deadline,
  type Effect,
  ExceptionGroup,
  failAfter,
  failAt,
  isCancelled,
  moveOnAfter,
  moveOnAt,
  shield,
  sleep,
  sleepForever,
  TimeoutError,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('timeouts', (run, { exactTime, it }) => {
  describe('moveOnAfter and moveOnAt', () => {
    it("give the body's value when it was in time, and undefined when it was not", function* () {
      const values = yield* call(function* () {
        const inTime: string | undefined = yield* moveOnAfter(LONG, function* () {
          yield* sleep(1);
          return 'in time';
        });
        const late: string | undefined = yield* moveOnAt(currentTime() + 1, function* () {
          yield* sleep(LONG);
          return 'never';
        });
        return [inTime, late];
      });
      expect(values).deep.equal(['in time', undefined]);
    });

    it('tell a deadline that struck from a cancel by hand, by the reason of their scope', function* () {
      const reasons: unknown[] = [];
      yield* moveOnAfter(1, function* (scope) {
        try {
          yield* sleepForever();
        } finally {
          reasons.push(scope.reason);
        }
      });
      yield* moveOnAfter(LONG, function* (scope) {
        scope.cancel('enough');
        reasons.push(scope.reason);
      });
      expect(reasons).to.deep.equal(['deadline', 'enough']);
    });

    it('give `otherwise` when time ran out, typed with the value', function* () {
      const values = yield* call(function* () {
        const first: number | 'late' = yield* moveOnAfter(
          1,
          function* () {
            yield* sleepForever();
            return 1;
          },
          { otherwise: 'late' },
        );
        const second: number | null = yield* moveOnAt(
          currentTime() - 1,
          function* () {
            yield* sleepForever();
            return 1;
          },
          { otherwise: null },
        );
        const third: number | 'late' = yield* moveOnAfter(
          LONG,
          function* () {
            return 3;
          },
          { otherwise: 'late' },
        );
        return [first, second, third];
      });
      expect(values).deep.equal(['late', null, 3]);
    });

    it('give `otherwise` too when the body cancels its scope by hand', function* () {
      const value = yield* moveOnAfter(
        LONG,
        function* (scope) {
          scope.cancel();
          yield* checkpoint();
          return 'never';
        },
        { otherwise: 'cut short' },
      );
      expect(value).equal('cut short');
    });

    it('with null there is no deadline', function* () {
      const story: unknown[] = [];
      for (const moveOn of [moveOnAfter, moveOnAt]) {
        yield* moveOn(null, function* (scope) {
          story.push(scope.deadline, yield* outcome(sleep(2)));
        });
      }
      expect(story).deep.equal([Infinity, 'value undefined', Infinity, 'value undefined']);
    });

    it('with a value ready at the deadline the value is given', function* () {
      const values = yield* call(function* () {
        return [
          yield* moveOnAfter(0, function* () {
            return 'no checkpoint';
          }),
          yield* moveOnAfter(2, function* () {
            return yield* outcome(sleepForever());
          }),
        ];
      });
      expect(values).deep.equal(['no checkpoint', 'Cancelled']);
    });

    it('hand the scope to the body, which can read and move the deadline', function* () {
      const story: unknown[] = [];
      const start = currentTime();
      yield* moveOnAt(start + 50, function* (scope) {
        story.push(scope.deadline === start + 50);
        scope.deadline += LONG;
        story.push(yield* outcome(sleep(70)));
        scope.deadline = currentTime() + 1;
        story.push(yield* outcome(sleep(LONG)));
      });
      expect(story).deep.equal([true, 'value undefined', 'Cancelled']);
    });

    it('nested, the earlier of the two ends, and only that one', function* () {
      const story: unknown[] = [];
      story.push(
        yield* moveOnAfter(
          2,
          function* () {
            yield* moveOnAfter(LONG, sleepForever);
            return 'inner ended';
          },
          { otherwise: 'outer ended' },
        ),
      );
      story.push(
        yield* moveOnAfter(
          LONG,
          function* () {
            yield* moveOnAfter(2, sleepForever);
            return 'inner ended';
          },
          { otherwise: 'outer ended' },
        ),
      );
      expect(story).deep.equal(['outer ended', 'inner ended']);
    });

    it('nested with the same deadline, both are over', function* () {
      const story: unknown[] = [];
      const due = currentTime() + 2;
      story.push(
        yield* moveOnAt(
          due,
          function* () {
            yield* moveOnAt(due, sleepForever);
            story.push(`between ${yield* outcome(checkpoint())}`);
            return 'inner';
          },
          { otherwise: 'outer' },
        ),
      );
      expect(story).deep.equal(['outer']);
    });

    it('with shield the outside cannot cut the body short, the timeout can', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        story.push(
          yield* moveOnAfter(
            LONG,
            function* () {
              yield* sleep(1);
              return 'clean-up done';
            },
            { shield: true },
          ),
        );
        story.push(yield* moveOnAfter(2, sleepForever, { shield: true, otherwise: 'clean-up too slow' }));
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['clean-up done', 'clean-up too slow', 'Cancelled']);
    });

    it('errors of the body pass', async () => {
      const error = await rejection(
        run(() =>
          moveOnAfter(LONG, function* () {
            yield* checkpoint();
            throw new RangeError('own error');
          }),
        ),
      );
      expect(ending(error)).equal('RangeError: own error');
    });
  });

  describe('failAfter and failAt', () => {
    it("give the body's value when it was in time, with its own type", function* () {
      const values = yield* call(function* () {
        const first: string = yield* failAfter(LONG, function* () {
          yield* sleep(1);
          return 'in time';
        });
        const second: number = yield* failAt(currentTime() + LONG, function* () {
          return 2;
        });
        return [first, second];
      });
      expect(values).deep.equal(['in time', 2]);
    });

    it('throw TimeoutError when time ran out', function* () {
      const story: unknown[] = [];
      for (const operation of [
        failAfter(1, () => sleep(LONG)),
        failAt(currentTime() + 1, () => sleep(LONG)),
        failAfter(0, checkpoint),
        failAt(currentTime() - 1, checkpoint),
      ]) {
        const error = yield* failure(operation);
        story.push(error instanceof TimeoutError, isCancelled(error));
      }
      story.push(yield* outcome(checkpoint()));
      expect(story).deep.equal([...Array(4).fill([true, false]).flat(), 'value undefined']);
    });

    it('the TimeoutError has its stable name and says the reason given', async () => {
      const error = await rejection(
        run(() => failAfter(1, sleepForever, { reason: 'no answer from the printer' })),
      );
      if (!(error instanceof TimeoutError)) throw error;
      expect(error.name).equal('TimeoutError');
      expect(error.message).include('no answer from the printer');
    });

    it('with null there is no deadline', function* () {
      const values = yield* call(function* () {
        const body = function* (): Coroutine<string> {
          yield* sleep(2);
          return 'done';
        };
        return [yield* failAfter(null, body), yield* failAt(null, body)];
      });
      expect(values).deep.equal(['done', 'done']);
    });

    it('the TimeoutError says what ran out: the time given, or the deadline that was set in its place', async () => {
      type Move = (deadline: Deadline) => void;
      const until = (ms: number): Move => {
        return (deadline) => {
          deadline.deadline = currentTime() + ms;
        };
      };
      const message = async (
        limit: (body: (deadline: Deadline) => Coroutine<void>) => Effect<void>,
        move: Move,
      ) => {
        const error = await rejection(
          run(function* () {
            yield* limit(function* (deadline) {
              move(deadline);
              yield* sleep(LONG);
            });
          }),
        );
        expect(error).instanceOf(TimeoutError);
        return (error as TimeoutError).message;
      };
      const after = (body: (deadline: Deadline) => Coroutine<void>) => failAfter(4, body);
      const at = (body: (deadline: Deadline) => Coroutine<void>) => failAt(currentTime() + 4, body);
      expect(await message(after, () => {})).match(/within 4 ms$/);
      expect(await message(after, until(6))).match(
        /by its deadline, [\d.]+, which took the place of its 4 ms$/,
      );
      expect(await message(after, until(2))).match(
        /by its deadline, [\d.]+, which took the place of its 4 ms$/,
      );
      expect(await message(at, () => {})).match(/by its deadline, [\d.]+$/);
      expect(await message(at, until(6))).match(/by its deadline, [\d.]+, which it had moved$/);
    });

    it('no TimeoutError when the body got its value in spite of the deadline', function* () {
      const values = yield* call(function* () {
        return [
          yield* failAfter(0, function* () {
            return 'no checkpoint';
          }),
          yield* failAfter(1, function* () {
            return yield* outcome(sleepForever());
          }),
        ];
      });
      expect(values).deep.equal(['no checkpoint', 'Cancelled']);
    });

    it('a cancellation from outside passes as what it is', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        story.push(yield* outcome(failAfter(LONG, checkpoint)));
        story.push(yield* outcome(failAt(currentTime() + LONG, checkpoint)));
      });
      expect(story).deep.equal(['Cancelled', 'Cancelled']);
    });

    it('a deadline that strikes inside a scope cancelled from outside is no TimeoutError', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        story.push(
          yield* outcome(
            failAfter(1, function* () {
              try {
                yield* sleepForever();
              } finally {
                outer.cancel();
              }
            }),
          ),
        );
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['Cancelled', 'Cancelled']);
    });

    it('an error of the body wins over the timeout, before and after it', function* () {
      const story: string[] = [];
      story.push(
        yield* outcome(
          failAfter(LONG, function* () {
            yield* checkpoint();
            throw new RangeError('before');
          }),
        ),
      );
      story.push(
        yield* outcome(
          failAfter(1, function* () {
            try {
              yield* sleepForever();
            } catch {
              throw new RangeError('after');
            }
          }),
        ),
      );
      expect(story).deep.equal(['RangeError: before', 'RangeError: after']);
    });

    it('the body can move the deadline but not cancel, so that a value is always there', function* () {
      const story: unknown[] = [];
      yield* failAfter(50, function* (deadline) {
        const given: Deadline = deadline;
        given.deadline = currentTime() + LONG;
        story.push(yield* outcome(sleep(70)));
      });
      const typed = (deadline: Deadline): void => {
        // @ts-expect-error a body that could cancel would need `undefined` in the type of the result
        deadline.cancel();
      };
      story.push(typed.name);
      expect(story).deep.equal(['value undefined', 'typed']);
    });

    it('nested, the TimeoutError comes from the one that ran out', function* () {
      const messages: string[] = [];
      const inner = yield* failure(
        failAfter(LONG, () => failAfter(1, sleepForever, { reason: 'the inner' }), { reason: 'the outer' }),
      );
      const outer = yield* failure(
        failAfter(1, () => failAfter(LONG, sleepForever, { reason: 'the inner' }), { reason: 'the outer' }),
      );
      messages.push(ending(inner), ending(outer));
      expect(messages[0]).include('the inner').and.not.include('the outer');
      expect(messages[1]).include('the outer').and.not.include('the inner');
    });

    it('a group inside is cancelled and awaited before the TimeoutError is thrown', function* () {
      const story: string[] = [];
      const error = yield* failure(
        failAfter(2, () =>
          taskGroup(function* (tg) {
            for (const name of ['a', 'b']) {
              tg.startSoon(function* () {
                try {
                  yield* sleepForever();
                } finally {
                  yield* shield(() => sleep(2));
                  story.push(`${name} ended`);
                }
              });
            }
          }),
        ),
      );
      story.push(error instanceof TimeoutError ? 'TimeoutError' : ending(error));
      expect(story).deep.equal(['a ended', 'b ended', 'TimeoutError']);
    });

    it('a real error that a child adds while it is cut short gets out instead', async () => {
      const error = await rejection(
        run(() =>
          failAfter(2, () =>
            taskGroup(function* (tg) {
              tg.startSoon(sleepForever);
              tg.startSoon(function* () {
                try {
                  yield* sleepForever();
                } catch {
                  throw new RangeError('clean-up failed');
                }
              });
            }),
          ),
        ),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.leaves().map(ending)).deep.equal(['RangeError: clean-up failed']);
    });

    it('with shield the outside cannot cut the body short, the timeout can', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        story.push(yield* outcome(failAfter(LONG, () => sleep(1), { shield: true })));
        const late = yield* failure(failAfter(1, sleepForever, { shield: true }));
        story.push(late instanceof TimeoutError ? 'TimeoutError' : ending(late));
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value undefined', 'TimeoutError', 'Cancelled']);
    });

    it('a TimeoutError that the body throws itself passes as it is', async () => {
      const own = new TimeoutError('thrown by hand');
      const error = await rejection(
        run(() =>
          failAfter(LONG, function* () {
            yield* checkpoint();
            throw own;
          }),
        ),
      );
      expect(error).equal(own);
    });
  });

  describe('shield', () => {
    it('gives the value of its body, always there in its type', function* () {
      const value = yield* call(function* () {
        const text: string = yield* shield(function* () {
          yield* checkpoint();
          return 'value';
        });
        return text;
      });
      expect(value).equal('value');
    });

    it('holds off a cancel that comes while it is on; the next checkpoint after it throws', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          story.push(yield* outcome(shield(() => sleep(40))));
          story.push(yield* outcome(checkpoint()));
        });
        yield* sleep(1);
        tg.cancel();
        story.push('cancelled');
      });
      expect(story).deep.equal(['cancelled', 'value undefined', 'Cancelled']);
    });

    it('taken down from inside, it lets a cancellation through, which then goes on outwards', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      yield* outer.run(function* () {
        yield* shield(function* (wall) {
          outer.cancel();
          story.push(yield* outcome(sleep(1)));
          wall.shield = false;
          yield* checkpoint();
          story.push('never');
        });
        story.push('never either');
      });
      story.push(outer.cancelledCaught);
      expect(story).deep.equal(['value undefined', true]);
    });

    it('errors of the body pass', async () => {
      const error = await rejection(
        run(() =>
          shield(function* () {
            yield* checkpoint();
            throw new RangeError('own error');
          }),
        ),
      );
      expect(ending(error)).equal('RangeError: own error');
    });
  });

  describe('currentEffectiveDeadline', () => {
    it('is Infinity where there is none, and the earliest of those in effect', function* () {
      const story: unknown[] = [];
      const now = currentTime();
      story.push(currentEffectiveDeadline());
      yield* moveOnAt(now + 2 * LONG, function* () {
        story.push(currentEffectiveDeadline() - now);
        yield* moveOnAt(now + LONG, function* () {
          story.push(currentEffectiveDeadline() - now);
          yield* moveOnAt(now + 3 * LONG, function* () {
            story.push(currentEffectiveDeadline() - now);
          });
        });
        story.push(currentEffectiveDeadline() - now);
      });
      story.push(currentEffectiveDeadline());
      const about = story.map((time) => (typeof time === 'number' ? Math.round(time) : time));
      expect(about).deep.equal([Infinity, 2 * LONG, LONG, LONG, 2 * LONG, Infinity]);
    });

    it('does not look beyond a shield', function* () {
      const story: unknown[] = [];
      yield* moveOnAfter(LONG, function* () {
        yield* shield(function* (wall) {
          story.push(currentEffectiveDeadline());
          wall.shield = false;
          story.push(currentEffectiveDeadline() < Infinity);
        });
      });
      expect(story).deep.equal([Infinity, true]);
    });

    it('counts the deadline of the shield itself', function* () {
      const start = currentTime();
      yield* moveOnAfter(
        LONG,
        function* (wall) {
          expect(currentEffectiveDeadline()).to.equal(wall.deadline);
          yield* moveOnAfter(2 * LONG, function* () {
            expect(currentEffectiveDeadline() - start).to.be.within(LONG, 1.5 * LONG);
          });
        },
        { shield: true },
      );
    });

    it('is -Infinity when cancelled already, by whichever scope', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        story.push(currentEffectiveDeadline());
        yield* cancelScope(function* () {
          story.push(currentEffectiveDeadline());
        });
        yield* shield(function* () {
          story.push(currentEffectiveDeadline());
        });
      });
      story.push(currentEffectiveDeadline());
      expect(story).deep.equal([-Infinity, -Infinity, Infinity, Infinity]);
    });

    it('in a child task it is that of the scopes around its group', function* () {
      const story: unknown[] = [];
      yield* moveOnAfter(LONG, function* (scope) {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            story.push(currentEffectiveDeadline() === scope.deadline);
            yield* moveOnAfter(LONG / 2, function* (own) {
              story.push(currentEffectiveDeadline() === own.deadline);
            });
            tg.cancelScope.deadline = scope.deadline - 1;
            story.push(currentEffectiveDeadline() === tg.cancelScope.deadline);
            tg.cancel();
            story.push(currentEffectiveDeadline());
          });
        });
      });
      expect(story).deep.equal([true, true, true, -Infinity]);
    });

    it('can be passed on as a deadline, when cancelled too', function* () {
      const story: unknown[] = [];
      story.push(yield* outcome(failAt(currentEffectiveDeadline(), checkpoint)));
      yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* shield(function* () {
          story.push(yield* moveOnAt(-Infinity, checkpoint, { otherwise: 'late' }));
        });
      });
      expect(story).deep.equal(['value undefined', 'late']);
    });
  });

  if (exactTime) {
    it('virtual: timeouts strike at exactly their time', function* () {
      const times: number[] = [];
      const start = currentTime();
      yield* moveOnAfter(5, sleepForever);
      times.push(currentTime() - start);
      yield* failure(failAfter(7, sleepForever));
      times.push(currentTime() - start);
      yield* moveOnAfter(100, function* (scope) {
        yield* sleep(10);
        scope.deadline = currentTime() + 1;
        yield* sleepForever();
      });
      times.push(currentTime() - start);
      expect(times).deep.equal([5, 12, 23]);
    });
  }
});

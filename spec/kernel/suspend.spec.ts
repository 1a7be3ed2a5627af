/**
 * `suspend`, the one primitive on which every wait is built: who ends a wait, how often, and when it may be given
 * up. Rule C3 (cancel or complete, never both) is proved for it in rules/cancellation.
 */
import { expect } from 'chai';
import {
  attempt,
  CancelScope,
  call,
  cancelScope,
  checkpoint,
  currentTime,
  DeadlockError,
  isCancelled,
  KEEP_WAITING,
  moveOnAfter,
  sleep,
  suspend,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome, parkingLot } from '../support/outcome.js';

const LONG = 60_000;
/** A wait that this run itself ends. While a wait on the host is open the virtual clock stands still (L8). */
const INNER = { foreign: false };

onEachBackend('suspend', (run, { it }) => {
  describe('the starter', () => {
    it('runs at once, in the step of the task that yields', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          story.push('other task');
        });
        story.push('before');
        yield* suspend<void>((resume) => {
          story.push('starter');
          setTimeout(resume, 1);
        });
        story.push('after');
      });
      expect(story).deep.equal(['before', 'starter', 'other task', 'after']);
    });

    it('is inside the task: functions for tasks only work in it', function* () {
      const inside = yield* call(function* () {
        const now = currentTime();
        return (yield* suspend<number>((resume) => resume(currentTime()))) >= now;
      });
      expect(inside).equal(true);
    });

    it('may resume, fail or throw before it returns', function* () {
      const story: string[] = [];
      story.push(yield* outcome(suspend<number>((resume) => resume(42))));
      story.push(yield* outcome(suspend<never>((_resume, fail) => fail(new RangeError('failed')))));
      story.push(
        yield* outcome(
          suspend<never>(() => {
            throw new RangeError('thrown');
          }),
        ),
      );
      story.push(yield* outcome(checkpoint()));
      expect(story).deep.equal(['value 42', 'RangeError: failed', 'RangeError: thrown', 'value undefined']);
    });

    it('is no generator function: nothing of it would ever run', function* () {
      const outcome = yield* attempt(suspend(function* () {} as never));
      expect(String(outcome.ok ? outcome.value : outcome.error)).to.match(
        /^TypeError: suspend\(starter\) takes a plain function/,
      );
    });

    it('passes undefined and things that are no errors, as values and as errors', function* () {
      const seen: unknown[] = [];
      for (const thing of [undefined, null, 0, 'text']) {
        seen.push(yield* suspend<unknown>((resume) => resume(thing)));
        seen.push(yield* failure(suspend<never>((_resume, fail) => fail(thing))));
      }
      expect(seen).deep.equal([undefined, undefined, null, null, 0, 0, 'text', 'text']);
    });
  });

  describe('the first of resume and fail', () => {
    const orders: readonly [string, ('resume' | 'fail')[], string][] = [
      ['resume, resume', ['resume', 'resume'], 'value 0'],
      ['resume, fail', ['resume', 'fail'], 'value 0'],
      ['fail, resume', ['fail', 'resume'], 'Error: 0'],
      ['fail, fail', ['fail', 'fail'], 'Error: 0'],
    ];
    for (const [name, calls, result] of orders) {
      for (const when of ['before the starter returns', 'later'] as const) {
        it(`wins: ${name}, ${when}`, function* () {
          const story: string[] = [];
          story.push(
            yield* outcome(
              suspend<number>((resume, fail) => {
                const answer = () =>
                  calls.forEach((what, i) => {
                    if (what === 'resume') resume(i);
                    else fail(new Error(String(i)));
                  });
                if (when === 'later') setTimeout(answer, 1);
                else answer();
              }),
            ),
          );
          story.push(yield* outcome(checkpoint()));
          expect(story).deep.equal([result, 'value undefined']);
        });
      }
    }

    it('a late call does not end the next wait of the same task', function* () {
      const story: string[] = [];
      const old: ((value: string) => void)[] = [];
      const oldFails: ((error: unknown) => void)[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          for (const wait of ['first', 'second']) {
            story.push(
              yield* outcome(
                suspend<string>((resume, fail) => {
                  old.push(resume);
                  oldFails.push(fail);
                }, INNER),
              ),
            );
            story.push(`${wait} wait over`);
          }
          yield* sleep(5);
          story.push('slept');
        });
        yield* sleep(1);
        old[0]?.('to the first');
        yield* sleep(1);
        old[0]?.('stale');
        oldFails[0]?.(new Error('stale'));
        story.push('stale calls made');
        yield* sleep(1);
        old[1]?.('to the second');
        yield* sleep(1);
        for (const resume of old) resume('stale while it sleeps');
      });
      expect(story).deep.equal([
        'value to the first',
        'first wait over',
        'stale calls made',
        'value to the second',
        'second wait over',
        'slept',
      ]);
    });

    it('a call after the task or the whole run has ended is ignored', async () => {
      const late: (() => void)[] = [];
      const result = await run(function* () {
        return yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            return yield* suspend<string>((resume, fail) => {
              late.push(
                () => resume('late'),
                () => fail(new Error('late')),
              );
              resume('in time');
            });
          });
          const value = yield* handle;
          for (const call of late) call();
          yield* checkpoint();
          return value;
        });
      });
      for (const call of late) call();
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(result).equal('in time');
      expect(await run(() => suspend<string>((resume) => resume('a new run')))).equal('a new run');
    });
  });

  describe('who is woken', () => {
    it('the tasks that are resumed in one step run in the order of the calls', function* () {
      const story: string[] = [];
      const resumes = new Map<string, () => void>();
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b', 'c']) {
          tg.startSoon(function* () {
            yield* suspend<void>((resume) => {
              resumes.set(name, resume);
            }, INNER);
            story.push(name);
          });
        }
        yield* sleep(1);
        for (const name of ['c', 'a', 'b']) resumes.get(name)?.();
        story.push('resumed');
      });
      expect(story).deep.equal(['resumed', 'c', 'a', 'b']);
    });

    it('a task resumed goes to the end of the ready queue, and never runs inside the call', function* () {
      const story: string[] = [];
      const lot = parkingLot();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* lot.wait();
          story.push('woken');
        });
        yield* sleep(1);
        tg.startSoon(function* () {
          story.push('was ready before');
        });
        lot.wake();
        story.push('call returned');
      });
      expect(story).deep.equal(['call returned', 'was ready before', 'woken']);
    });

    it('a callback of the host wakes the loop', function* () {
      const story: string[] = [];
      story.push(yield* suspend<string>((resume) => void setTimeout(resume, 2, 'timer')));
      story.push(yield* suspend<string>((resume) => void setImmediate(resume, 'immediate')));
      story.push(yield* suspend<string>((resume) => process.nextTick(resume, 'tick')));
      story.push(yield* suspend<string>((resume) => queueMicrotask(() => resume('microtask'))));
      expect(story).deep.equal(['timer', 'immediate', 'tick', 'microtask']);
    });

    it('a wait on the host keeps the run alive; with foreign: false and nobody left it is a deadlock', async () => {
      const story: string[] = [];
      await run(function* () {
        yield* suspend<void>((resume) => void setTimeout(resume, 10));
        story.push('the host answered');
      });
      const error = await rejection(
        run(function* () {
          try {
            yield* suspend<never>(() => {}, INNER);
          } finally {
            story.push('clean-up ran');
          }
        }),
      );
      expect(error).instanceOf(DeadlockError);
      expect(story).deep.equal(['the host answered', 'clean-up ran']);
    });
  });

  describe('the abort function', () => {
    it('runs once when the wait is cancelled, before the task sees it, and is given the Cancelled', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (scope) {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            const given: unknown[] = [];
            const error = yield* failure(
              suspend<never>(
                () => (cancelled) => {
                  story.push('abort', isCancelled(cancelled) && cancelled.reason);
                  given.push(cancelled);
                },
                INNER,
              ),
            );
            story.push(ending(error), given.length, given[0] === error);
          });
          yield* sleep(1);
          scope.cancel('because');
        });
      });
      expect(story).deep.equal(['abort', 'because', 'Cancelled', 1, true]);
    });

    it('does not run when the wait has ended, or when the task is parked elsewhere by then', function* () {
      const story: string[] = [];
      yield* moveOnAfter(60, function* () {
        for (const end of ['resume', 'fail'] as const) {
          story.push(
            yield* outcome(
              suspend<string>((resume, fail) => {
                if (end === 'resume') resume('value');
                else setTimeout(() => fail(new Error('failed')), 1);
                return () => story.push(`abort of ${end}`);
              }),
            ),
          );
        }
        yield* sleep(LONG);
      });
      expect(story).deep.equal(['value value', 'Error: failed']);
    });

    it('is not needed: a wait without one is given up when cancelled', function* () {
      const story: string[] = [];
      story.push(yield* moveOnAfter(1, () => suspend<string>(() => {}, INNER), { otherwise: 'given up' }));
      expect(story).deep.equal(['given up']);
    });

    it('whatever it returns except KEEP_WAITING means that the wait was given up', function* () {
      const story: string[] = [];
      for (const answer of [undefined, null, true, false, 'KEEP_WAITING', Symbol('KEEP_WAITING')]) {
        yield* moveOnAfter(1, function* () {
          story.push(yield* outcome(suspend<never>(() => () => answer, INNER)));
        });
      }
      expect(story).deep.equal(Array(6).fill('Cancelled'));
    });

    it('an error that it throws reaches the task that waits, not the one that cancels', function* () {
      const story: string[] = [];
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          const error = yield* failure(
            scope.run(() =>
              suspend<never>(
                () => () => {
                  throw new RangeError('abort failed');
                },
                INNER,
              ),
            ),
          );
          story.push(ending(error));
        });
        yield* sleep(1);
        scope.cancel();
        story.push('the canceller goes on');
        yield* sleep(1);
      });
      expect(story).deep.equal(['the canceller goes on', 'RangeError: abort failed']);
    });

    it('a resume in the abort of a wait that is given up does not make two endings of it', function* () {
      const story: string[] = [];
      const scope = new CancelScope({ timeout: 1 });
      yield* scope.run(function* () {
        story.push(
          yield* outcome(
            suspend<string>(
              (resume) => () => {
                resume('from abort');
              },
              INNER,
            ),
          ),
        );
        story.push(yield* outcome(checkpoint()));
      });
      story.push(yield* outcome(sleep(1)));
      expect(story.length).equal(3);
      expect(story[0]).oneOf(['value from abort', 'Cancelled']);
      expect(story.slice(1)).deep.equal(['Cancelled', 'value undefined']);
    });
  });

  describe('KEEP_WAITING', () => {
    for (const [end, result] of [
      ['resume', 'value late'],
      ['fail', 'Error: late'],
    ] as const) {
      it(`the task stays parked until ${end}, which is delivered; then the cancellation is`, function* () {
        const story: string[] = [];
        const scope = new CancelScope();
        const ends: (() => void)[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* scope.run(function* () {
              story.push(
                yield* outcome(
                  suspend<string>((resume, fail) => {
                    ends.push(() => (end === 'resume' ? resume('late') : fail(new Error('late'))));
                    return () => {
                      story.push('abort');
                      return KEEP_WAITING;
                    };
                  }, INNER),
                ),
              );
              story.push(yield* outcome(checkpoint()));
            });
          });
          yield* sleep(1);
          scope.cancel();
          yield* sleep(1);
          story.push('still parked');
          for (const call of ends) call();
        });
        expect(story).deep.equal(['abort', 'still parked', result, 'Cancelled']);
      });
    }

    it('is asked once, also when outer scopes are cancelled after that', function* () {
      const story: string[] = [];
      const inner = new CancelScope();
      yield* taskGroup(function* (tg) {
        const wakers: (() => void)[] = [];
        tg.startSoon(function* () {
          yield* inner.run(function* () {
            story.push(
              yield* outcome(
                suspend<string>((resume) => {
                  wakers.push(() => resume('late'));
                  return () => {
                    story.push('abort');
                    return KEEP_WAITING;
                  };
                }, INNER),
              ),
            );
          });
          story.push(yield* outcome(checkpoint()));
        });
        yield* sleep(1);
        inner.cancel();
        tg.cancel();
        yield* outcome(checkpoint());
        for (const wake of wakers) wake();
      });
      expect(story).deep.equal(['abort', 'value late', 'Cancelled']);
    });

    it('the abort function may resume, and so end the wait with a value', function* () {
      const story: string[] = [];
      yield* moveOnAfter(1, function* () {
        story.push(
          yield* outcome(
            suspend<string>(
              (resume) => () => {
                resume('what there was');
                return KEEP_WAITING;
              },
              INNER,
            ),
          ),
        );
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value what there was', 'Cancelled']);
    });

    it('a scope whose last wait was kept and resumed is left with its value', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const value = yield* scope.run(() =>
        suspend<string>((resume) => {
          setTimeout(() => scope.cancel(), 1);
          return () => {
            setTimeout(resume, 1, 'whole');
            return KEEP_WAITING;
          };
        }),
      );
      story.push(value, scope.cancelCalled, scope.cancelledCaught);
      expect(story).deep.equal(['whole', true, false]);
    });
  });

  describe('in a cancelled scope', () => {
    it('throws, and leaves nothing begun: either the starter did not run, or it was aborted', function* () {
      let begun = 0;
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        for (let i = 0; i < 2; i++) {
          story.push(
            yield* outcome(
              suspend<never>(() => {
                begun++;
                return () => {
                  begun--;
                };
              }),
            ),
          );
        }
      });
      expect(story).deep.equal(['Cancelled', 'Cancelled']);
      expect(begun).equal(0);
    });

    it('a starter that cancels its own scope is aborted', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(() =>
        suspend<never>(() => {
          scope.cancel();
          story.push('starter');
          return () => story.push('abort');
        }),
      );
      story.push(scope.cancelledCaught);
      expect(story).deep.equal(['starter', 'abort', true]);
    });

    it('a starter that cancels its own scope and has no abort function is given up', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(() =>
        suspend<never>(() => {
          scope.cancel();
        }),
      );
      story.push(scope.cancelledCaught);
      expect(story).deep.equal([true]);
    });

    it('a starter that resumes and then cancels its own scope has resumed', function* () {
      const story: string[] = [];
      const scope = new CancelScope();
      yield* scope.run(function* () {
        story.push(
          yield* outcome(
            suspend<string>((resume) => {
              resume('first');
              scope.cancel();
              return () => story.push('abort');
            }),
          ),
        );
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value first', 'Cancelled']);
    });

    it('a starter that has resumed its task, and then throws: the error arrives, not the value', function* () {
      const waiting = suspend<string>((resume) => {
        resume('value');
        throw new RangeError('in the starter');
      });
      expect(ending(yield* failure(waiting))).equal('RangeError: in the starter');
    });

    it('a starter that cancels its own scope and throws: the error arrives', function* () {
      const story: string[] = [];
      const scope = new CancelScope();
      story.push(
        ending(
          yield* failure(
            scope.run(() =>
              suspend<never>(() => {
                scope.cancel();
                throw new RangeError('in the starter');
              }),
            ),
          ),
        ),
      );
      expect(story).deep.equal(['RangeError: in the starter']);
    });
  });
});

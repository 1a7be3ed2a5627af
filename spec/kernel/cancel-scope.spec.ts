/**
 * `CancelScope`: what it tells, its signal, and cancels from odd places. The rules themselves are in rules/, scopes
 * inside scopes in cancel-scope-nesting.
 */
import { expect } from 'chai';
import {
  CancelScope,
  call,
  cancelScope,
  checkpoint,
  currentTime,
  DeadlockError,
  isCancelled,
  moveOnAfter,
  shield,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome, parkingLot } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('cancel scopes', (run, { it }) => {
  describe('what a scope tells', () => {
    it("gives the body's value, typed, and undefined when it was cancelled", function* () {
      const values = yield* call(function* () {
        const whole: number | undefined = yield* cancelScope(function* () {
          yield* checkpoint();
          return 42;
        });
        const cut: number | undefined = yield* new CancelScope().run(function* (scope) {
          scope.cancel();
          yield* checkpoint();
          return 42;
        });
        return [whole, cut];
      });
      expect(values).deep.equal([42, undefined]);
    });

    it('gives its body the scope itself', function* () {
      const scope = new CancelScope();
      yield* scope.run(function* (given) {
        expect(given).equal(scope);
      });
    });

    it('tells what was asked (cancelCalled) from what happened (cancelledCaught)', function* () {
      const story: unknown[] = [];
      const asked = new CancelScope();
      const value = yield* asked.run(function* () {
        yield* checkpoint();
        asked.cancel();
        return 'done before any checkpoint';
      });
      story.push(value, asked.cancelCalled, asked.cancelledCaught);
      const swallowed = new CancelScope();
      story.push(
        yield* swallowed.run(function* () {
          swallowed.cancel();
          return yield* outcome(checkpoint());
        }),
      );
      story.push(swallowed.cancelCalled, swallowed.cancelledCaught);
      expect(story).deep.equal(['done before any checkpoint', true, false, 'Cancelled', true, false]);
    });

    it('says nothing of a cancel of an outer scope in cancelCalled: only its own counts', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        yield* cancelScope(function* (inner) {
          outer.cancel();
          story.push(outer.cancelCalled, inner.cancelCalled, inner.signal.aborted);
        });
      });
      expect(story).deep.equal([true, false, true]);
    });

    it('keeps the reason, which the Cancelled carries too', function* () {
      const why = { code: 42 };
      const story: unknown[] = [];
      const scope = new CancelScope();
      story.push(scope.reason);
      yield* scope.run(function* () {
        scope.cancel(why);
        const error = yield* failure(checkpoint());
        story.push(isCancelled(error) && error.reason === why);
      });
      story.push(scope.reason === why);
      expect(story).deep.equal([undefined, true, true]);
    });

    it('explains in the message why, and which task asked', function* () {
      const messages: string[] = [];
      yield* taskGroup(function* (tg) {
        const scope = new CancelScope();
        tg.startSoon(function* victim() {
          yield* scope.run(function* () {
            const error = yield* failure(sleepForever());
            messages.push(error instanceof Error ? error.message : String(error));
          });
        });
        yield* sleep(1);
        tg.startSoon(function* theBoss() {
          scope.cancel('no longer needed');
        });
      });
      yield* new CancelScope({ timeout: 1 }).run(function* () {
        const error = yield* failure(sleepForever());
        messages.push(error instanceof Error ? error.message : String(error));
      });
      expect(messages[0]).include('no longer needed').and.include('theBoss');
      expect(messages[1]).match(/deadline/i);
    });

    it("carries a failed sibling's error as its cause", async () => {
      const boom = new Error('boom');
      const causes: unknown[] = [];
      await rejection(
        run(function* () {
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              const error = yield* failure(sleepForever());
              causes.push(error instanceof Error && error.cause);
            });
            yield* sleep(1);
            tg.startSoon(function* () {
              throw boom;
            });
          });
        }),
      );
      expect(causes).deep.equal([boom]);
    });

    it('cancelled before it is entered, it lets its body run to the first checkpoint', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      scope.cancel('early');
      story.push(scope.cancelCalled, scope.signal.aborted);
      yield* scope.run(function* () {
        story.push('entered');
        yield* checkpoint();
        story.push('never');
      });
      story.push(scope.cancelledCaught, yield* outcome(checkpoint()));
      expect(story).deep.equal([true, true, 'entered', true, 'value undefined']);
    });

    it('cancelled after it was left, it reaches nobody', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(checkpoint);
      scope.cancel('late');
      story.push(yield* outcome(checkpoint()), scope.cancelledCaught, scope.cancelCalled, scope.reason);
      expect(story).deep.equal(['value undefined', false, true, 'late']);
    });

    it('can be made and cancelled outside any task', async () => {
      const scope = new CancelScope({ timeout: LONG });
      const running = run(() => scope.run(sleepForever));
      setTimeout(() => scope.cancel(), 5);
      expect(await running).equal(undefined);
      expect(scope.cancelledCaught).equal(true);
    });

    it('cancels from a callback of the host wake the loop', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        setTimeout(() => tg.cancel('from outside'), 5);
        story.push(yield* outcome(sleepForever()));
      });
      expect(story).deep.equal(['Cancelled']);
    });
  });

  describe('changed from outside of any task', () => {
    // The loop sleeps meanwhile, with no timer of its own: whatever changes has to wake it.
    it('a deadline set by a callback of the host strikes', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(function* () {
        const soon = currentTime() + 20;
        setTimeout(() => {
          scope.deadline = soon;
          story.push('deadline set');
        }, 2);
        story.push(yield* outcome(sleepForever()));
      });
      expect(story).deep.equal(['deadline set', 'Cancelled']);
    });

    it('a deadline brought forward by a callback of the host strikes at its new time', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(function* () {
        const start = currentTime();
        // while this wait on the host is on the virtual clock stands still, too
        yield* suspend<void>((resume) => {
          scope.deadline = start + LONG;
          setTimeout(() => {
            scope.deadline = start + 20;
            setTimeout(resume, 1);
          }, 2);
        });
        story.push(yield* outcome(sleepForever()), currentTime() - start < LONG);
      });
      expect(story).deep.equal(['Cancelled', true]);
    });

    it('a deadline moved into the past by a callback of the host cancels', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(function* () {
        const past = currentTime() - 1;
        setTimeout(() => {
          scope.deadline = past;
        }, 2);
        story.push(yield* outcome(sleepForever()));
      });
      expect(story).deep.equal(['Cancelled']);
    });

    it('a shield taken down by a callback of the host lets the cancellation in', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        yield* shield(function* (wall) {
          setTimeout(() => {
            wall.shield = false;
          }, 2);
          story.push(yield* outcome(sleepForever()));
        });
      });
      expect(story).deep.equal(['Cancelled']);
    });

    it('a scope may be cancelled by a task of another run, which the message names', async () => {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const victim = run(() =>
        scope.run(function* () {
          const error = yield* failure(sleepForever());
          story.push(ending(error), error instanceof Error && error.message.includes('stranger'));
        }),
      );
      await run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* stranger() {
            yield* sleep(1);
            scope.cancel();
          });
        }),
      );
      await victim;
      expect(story).deep.equal(['Cancelled', true]);
    });

    it('a deadline set on a scope that was left, or is not entered yet, wakes nobody', function* () {
      const story: unknown[] = [];
      const left = new CancelScope();
      const fresh = new CancelScope();
      yield* left.run(checkpoint);
      for (const scope of [left, fresh]) scope.deadline = currentTime() - 1;
      story.push(yield* outcome(sleep(1)));
      for (const scope of [left, fresh]) story.push(scope.cancelCalled, scope.signal.aborted);
      expect(story).deep.equal(['value undefined', false, false, false, false]);
    });
  });

  describe('its signal', () => {
    it('is one object, already aborted when it is first read after the cancel', function* () {
      yield* cancelScope(function* (scope) {
        scope.cancel();
        expect(scope.signal.aborted).equal(true);
        expect(scope.signal).equal(scope.signal);
      });
      yield* cancelScope(function* (outer) {
        outer.cancel();
        yield* cancelScope(function* (inner) {
          expect(inner.signal.aborted, 'entered in a cancelled scope').equal(true);
        });
      });
    });

    it('aborts when a scope enters a cancelled one, though it was read before', function* () {
      const story: unknown[] = [];
      const inner = new CancelScope();
      inner.signal.addEventListener('abort', () => story.push('aborted'));
      yield* cancelScope(function* (outer) {
        outer.cancel();
        story.push(inner.signal.aborted);
        yield* inner.run(function* () {
          story.push(inner.signal.aborted);
        });
      });
      expect(story).deep.equal([false, 'aborted', true]);
    });

    it('never aborts after the scope was left, whatever happens around it', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        const inner = new CancelScope({ timeout: 30 });
        inner.signal.addEventListener('abort', () => story.push('aborted'));
        yield* inner.run(checkpoint);
        yield* sleep(40);
        outer.cancel();
        yield* outcome(checkpoint());
        story.push(inner.signal.aborted);
      });
      expect(story).deep.equal([false]);
    });

    it('may cancel other scopes from its listeners, and its own again', function* () {
      const story: string[] = [];
      const first = new CancelScope();
      const second = new CancelScope();
      yield* taskGroup(function* (tg) {
        for (const [name, scope] of [
          ['first', first],
          ['second', second],
        ] as const) {
          tg.startSoon(function* () {
            yield* scope.run(function* () {
              story.push(`${name} ${yield* outcome(sleepForever())}`);
            });
          });
        }
        yield* sleep(1);
        first.signal.addEventListener('abort', () => {
          story.push('listener');
          first.cancel('again');
          second.cancel('dragged along');
        });
        first.cancel('once');
        story.push(`reason ${String(first.reason)}`);
      });
      expect(story.slice(0, 2)).deep.equal(['listener', 'reason once']);
      expect(story.slice(2).sort()).deep.equal(['first Cancelled', 'second Cancelled']);
    });

    it('a listener that cancels the outer scope makes the Cancelled go on outwards', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(function* () {
            yield* inner.run(sleepForever);
            story.push('between the scopes');
          });
          story.push('outside', outer.cancelledCaught, inner.cancelledCaught);
        });
        yield* sleep(1);
        inner.signal.addEventListener('abort', () => outer.cancel());
        inner.cancel();
      });
      expect(story).deep.equal(['outside', true, false]);
    });

    it('a listener may spawn into the group that is being cancelled: the task is cancelled too', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.cancelScope.signal.addEventListener('abort', () => {
          tg.startSoon(function* () {
            story.push('late child starts');
            story.push(yield* outcome(checkpoint()));
          });
        });
        tg.cancel();
        story.push('cancelled');
      });
      story.push('group over');
      expect(story).deep.equal(['cancelled', 'late child starts', 'Cancelled', 'group over']);
    });
  });

  describe('cancels from odd places', () => {
    it('L5: with a deadline to come, which nobody waits for any more: a deadlock behind a shield is one at once', async () => {
      const lot = parkingLot();
      let waited = 0;
      const dead = run(() =>
        cancelScope(
          function* (scope) {
            const start = currentTime();
            scope.cancel();
            try {
              yield* shield(() => lot.wait());
            } finally {
              waited = currentTime() - start;
            }
          },
          { timeout: LONG },
        ),
      );
      expect(await rejection(dead)).instanceOf(DeadlockError);
      expect(waited).lessThan(LONG);
    });

    it('an abort function may cancel another scope', function* () {
      const story: string[] = [];
      const other = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* other.run(sleepForever);
          story.push(`other caught ${other.cancelledCaught}`);
        });
        tg.startSoon(function* () {
          yield* moveOnAfter(2, () =>
            suspend<never>(
              () => () => {
                story.push('abort');
                other.cancel();
              },
              { foreign: false },
            ),
          );
        });
      });
      expect(story).deep.equal(['abort', 'other caught true']);
    });

    it('an abort function may cancel the scopes around the one being cancelled', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(function* () {
            yield* inner.run(() =>
              suspend<never>(
                () => () => {
                  outer.cancel();
                },
                { foreign: false },
              ),
            );
            story.push('between the scopes');
          });
          story.push('outside', outer.cancelledCaught, inner.cancelledCaught);
        });
        yield* sleep(1);
        inner.cancel();
      });
      expect(story).deep.equal(['outside', true, false]);
    });

    it('an abort function may wake another task that the same cancel would reach: never both', function* () {
      const story: Record<string, string[]> = { first: [], second: [] };
      const lot = parkingLot<string>();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          story['first']?.push(
            yield* outcome(
              suspend<never>(
                () => () => {
                  lot.wake('woken');
                },
                { foreign: false },
              ),
            ),
          );
        });
        tg.startSoon(function* () {
          story['second']?.push(yield* outcome(lot.wait()), yield* outcome(checkpoint()));
        });
        yield* sleep(1);
        tg.cancel();
      });
      // The second task either had its item before the cancel reached it, or was cancelled and got nothing.
      expect(story['first']).deep.equal(['Cancelled']);
      expect(story['second']?.length).equal(2);
      expect(story['second']?.[0]).oneOf(['value woken', 'Cancelled']);
      expect(story['second']?.[1]).equal('Cancelled');
    });

    it('a task may cancel its own scope in finally: what it yields after that throws', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        try {
          yield* checkpoint();
          story.push('body done');
        } finally {
          scope.cancel();
          story.push(yield* outcome(sleep(1)));
        }
      });
      story.push(yield* outcome(checkpoint()));
      expect(story).deep.equal(['body done', 'Cancelled', 'value undefined']);
    });

    it('a child may cancel the scope around its own group, and ends with it', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* scope.run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(1);
            scope.cancel();
            story.push(`child ${yield* outcome(checkpoint())}`);
          });
          yield* sleepForever();
        });
        story.push('never');
      });
      story.push(scope.cancelledCaught);
      expect(story).deep.equal(['child Cancelled', true]);
    });

    it('a cancel that is asked for while another one is delivered reaches everyone once', function* () {
      const story: Record<string, string[]> = { a: [], b: [], c: [] };
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b', 'c']) {
          tg.startSoon(function* () {
            story[name]?.push(
              yield* outcome(
                suspend<never>(
                  () => () => {
                    story[name]?.push('abort');
                    tg.cancel('again');
                  },
                  { foreign: false },
                ),
              ),
            );
          });
        }
        yield* sleep(1);
        tg.cancel('once');
      });
      const once = ['abort', 'Cancelled'];
      expect(story).deep.equal({ a: once, b: once, c: once });
    });
  });
});

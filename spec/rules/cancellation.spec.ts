/**
 * Rules C1 to C4 of the design, a spec or more for each sentence: when a cancellation is delivered, what becomes
 * of the operation it meets, and which scope catches it. C5 to C8 are in scopes, C9 to C12 in cancelled; what lies
 * between the rules is in kernel/cancel-scope, kernel/suspend, interop/until and tasks/timeouts.
 *
 * Where one cancel reaches several tasks the order in which they are woken is not promised: such specs keep a
 * story per task. Waits that are to be cancelled are far longer than any spec, so that on a real clock the
 * cancellation is always the first to come.
 */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  checkpointIfCancelled,
  currentTime,
  ExceptionGroup,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  type TaskGroup,
  type TaskHandle,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome, parkingLot } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('cancellation', (run, { it }) => {
  describe('C1 level-triggered', () => {
    it('C1: inside a cancelled scope every checkpoint throws, again and again, until the scope is left', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        for (let i = 0; i < 4; i++) story.push(yield* outcome(checkpoint()));
      });
      story.push(`outside: ${yield* outcome(checkpoint())}`);
      expect(story).deep.equal([
        'Cancelled',
        'Cancelled',
        'Cancelled',
        'Cancelled',
        'outside: value undefined',
      ]);
    });

    it('C1: every kind of checkpoint throws', function* () {
      const story: Record<string, string> = {};
      yield* taskGroup(function* (tg) {
        const finished = tg.startSoon(function* () {});
        yield* finished.wait();
        yield* cancelScope(function* (scope) {
          scope.cancel();
          story['checkpoint'] = yield* outcome(checkpoint());
          story['checkpointIfCancelled'] = yield* outcome(checkpointIfCancelled());
          story['sleep(0)'] = yield* outcome(sleep(0));
          story['sleep'] = yield* outcome(sleep(LONG));
          story['sleepUntil the past'] = yield* outcome(sleepUntil(currentTime() - 1));
          story['sleepForever'] = yield* outcome(sleepForever());
          story['suspend'] = yield* outcome(suspend<void>((resume) => resume()));
          story['until'] = yield* outcome(until(Promise.resolve(1)));
          story['wait'] = yield* outcome(finished.wait());
          story['handle'] = yield* outcome(finished);
          story['start'] = yield* outcome(
            tg.start(function* (status) {
              status.started(1);
            }),
          );
        });
      });
      expect(story).deep.equal({
        checkpoint: 'Cancelled',
        checkpointIfCancelled: 'Cancelled',
        'sleep(0)': 'Cancelled',
        sleep: 'Cancelled',
        'sleepUntil the past': 'Cancelled',
        sleepForever: 'Cancelled',
        suspend: 'Cancelled',
        until: 'Cancelled',
        wait: 'Cancelled',
        handle: 'Cancelled',
        start: 'Cancelled',
      });
    });

    it('C1: code that swallows a cancellation is cancelled at its next checkpoint', function* () {
      const story: string[] = [];
      const value = yield* cancelScope(function* (scope) {
        scope.cancel();
        try {
          yield* sleep(LONG);
        } catch {
          story.push('swallowed');
        }
        story.push('goes on');
        yield* sleep(LONG);
        story.push('never');
      });
      story.push(`scope gave ${String(value)}`);
      expect(story).deep.equal(['swallowed', 'goes on', 'scope gave undefined']);
    });

    it('C1: a parked task that swallows it is cancelled again when it parks again', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          for (let i = 0; i < 3; i++) story.push(yield* outcome(sleepForever()));
        });
        yield* sleep(1);
        tg.cancel();
      });
      expect(story).deep.equal(['Cancelled', 'Cancelled', 'Cancelled']);
    });
  });

  describe('C2 before the first step', () => {
    for (const [what, cancel] of [
      ['the group', (tg: TaskGroup) => tg.cancel()],
      ['the scope of the group', (tg: TaskGroup) => tg.cancelScope.cancel()],
    ] as const) {
      it(`C2: a child whose group is cancelled through ${what} before its first step runs to its first checkpoint`, function* () {
        const story: string[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            story.push('child starts');
            story.push(yield* outcome(checkpoint()));
          });
          cancel(tg);
          story.push('cancelled');
        });
        expect(story).deep.equal(['cancelled', 'child starts', 'Cancelled']);
      });
    }

    it('C2: a task cancelled by its handle before its first step runs to its first checkpoint', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const handle = tg.startSoon(function* () {
          story.push('child starts');
          yield* sleep(LONG);
          story.push('never');
        });
        handle.cancel();
        yield* handle.wait();
        story.push(handle.status);
      });
      expect(story).deep.equal(['child starts', 'cancelled']);
    });

    it('C2: a task cancelled before its first step that meets no checkpoint ends normally', function* () {
      const status = yield* call(function* () {
        return yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            return 7;
          });
          handle.cancel();
          yield* handle.wait();
          return [handle.status, handle.returnValue];
        });
      });
      expect(status).deep.equal(['finished', 7]);
    });

    it('C2: a run cancelled before its first step lets main run to its first checkpoint', async () => {
      const story: string[] = [];
      const running = run(function* () {
        story.push('main starts');
        yield* checkpoint();
        story.push('never');
      });
      running.cancel();
      story.push(ending(await rejection(running)));
      expect(story).deep.equal(['main starts', 'Cancelled']);
    });
  });

  describe('C3 cancel or complete, never both', () => {
    it('C3: a wake-up already on its way is delivered, not lost', function* () {
      const story: string[] = [];
      const lot = parkingLot<string>();
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(lot.wait()));
            story.push(yield* outcome(checkpoint()));
          });
        });
        yield* sleep(1);
        lot.wake('the item');
        scope.cancel();
      });
      expect(story).deep.equal(['value the item', 'Cancelled']);
    });

    it('C3: an error already on its way is delivered, not lost', function* () {
      const story: string[] = [];
      const lot = parkingLot();
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(lot.wait()));
            story.push(yield* outcome(checkpoint()));
          });
        });
        yield* sleep(1);
        lot.fail(new RangeError('broken'));
        scope.cancel();
      });
      expect(story).deep.equal(['RangeError: broken', 'Cancelled']);
    });

    it('C3: a wait that was cancelled has no effect: whoever would have woken it finds nobody', function* () {
      const story: string[] = [];
      const lot = parkingLot<string>();
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(lot.wait()));
          });
        });
        yield* sleep(1);
        scope.cancel();
        story.push(`parked: ${lot.waiting}`);
        lot.wake('nobody hears this');
      });
      expect(story).deep.equal(['parked: 0', 'Cancelled']);
    });

    it('C3: a resume that comes after the cancel in the same step is ignored', function* () {
      const story: string[] = [];
      const wakers: (() => void)[] = [];
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(
              yield* outcome(
                suspend<string>(
                  (resume) => {
                    wakers.push(() => resume('too late'));
                  },
                  { foreign: false },
                ),
              ),
            );
          });
          story.push(yield* outcome(checkpoint()));
        });
        yield* sleep(1);
        scope.cancel();
        for (const wake of wakers) wake();
      });
      expect(story).deep.equal(['Cancelled', 'value undefined']);
    });

    it('C3: who waits for a handle gets the value when the task had ended before the cancel', function* () {
      const story: string[] = [];
      const lot = parkingLot();
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        const worker = tg.startSoon(function* () {
          yield* lot.wait();
          return 'done';
        });
        tg.startSoon(function* () {
          yield* lot.wait();
          scope.cancel();
        });
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(worker));
            story.push(yield* outcome(worker));
          });
        });
        yield* sleep(1);
        // the worker ends, which puts the waiting task behind the canceller in the ready queue
        lot.wake();
      });
      expect(story).deep.equal(['value done', 'Cancelled']);
    });

    it('C3: a suspended operation either takes effect and returns, or throws and was aborted', async () => {
      // every pair of the two events, in both orders, with and without a step between them
      const outcomes: string[] = [];
      for (const order of [
        ['resume', 'cancel'],
        ['cancel', 'resume'],
        ['resume', 'step', 'cancel'],
        ['cancel', 'step', 'resume'],
      ]) {
        await run(function* () {
          const scope = new CancelScope();
          const wakers: (() => void)[] = [];
          let aborts = 0;
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              yield* scope.run(function* () {
                const how = yield* outcome(
                  suspend<string>(
                    (resume) => {
                      wakers.push(() => resume('it'));
                      return () => {
                        aborts++;
                      };
                    },
                    { foreign: false },
                  ),
                );
                outcomes.push(`${order.join(' ')}: ${how}, aborts ${aborts}`);
              });
            });
            yield* sleep(1);
            for (const event of order) {
              if (event === 'resume') for (const wake of wakers) wake();
              else if (event === 'cancel') scope.cancel();
              else yield* checkpoint();
            }
          });
        });
      }
      expect(outcomes).deep.equal([
        'resume cancel: value it, aborts 0',
        'cancel resume: Cancelled, aborts 1',
        'resume step cancel: value it, aborts 0',
        'cancel step resume: Cancelled, aborts 1',
      ]);
    });
  });

  describe('C4 who catches', () => {
    it('C4: the scope that was cancelled catches its own Cancelled', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const value = yield* scope.run(function* () {
        scope.cancel();
        yield* checkpoint();
        return 'never';
      });
      story.push(value, scope.cancelCalled, scope.cancelledCaught);
      expect(story).deep.equal([undefined, true, true]);
    });

    it('C4: no other scope does: scopes on the way out are left, and catch nothing', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const middle = new CancelScope();
      const inner = new CancelScope();
      yield* outer.run(function* () {
        yield* middle.run(function* () {
          yield* inner.run(function* () {
            outer.cancel();
            yield* checkpoint();
          });
          story.push('after inner');
        });
        story.push('after middle');
      });
      story.push('after outer');
      for (const scope of [outer, middle, inner]) story.push([scope.cancelCalled, scope.cancelledCaught]);
      expect(story).deep.equal(['after outer', [true, true], [false, false], [false, false]]);
    });

    it('C4: a cancelled inner scope leaves the outer one alone', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        yield* cancelScope(function* (inner) {
          inner.cancel();
          yield* checkpoint();
        });
        story.push(yield* outcome(checkpoint()), outer.cancelCalled);
      });
      expect(story).deep.equal(['value undefined', false]);
    });

    it('C4: out of a group that the user made the scope takes its own Cancelled and throws on the rest', function* () {
      const boom = new Error('boom');
      const bang = new Error('bang');
      const scope = new CancelScope();
      const error = yield* failure(
        scope.run(function* () {
          scope.cancel();
          const cancelled = yield* failure(checkpoint());
          throw new ExceptionGroup(
            [boom, new ExceptionGroup([cancelled, bang], 'nested'), cancelled],
            'mine',
          );
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      const nested = error.errors[1];
      if (!(nested instanceof ExceptionGroup)) throw new Error('the nesting was lost', { cause: nested });
      expect([error.message, error.errors[0], error.errors.length]).deep.equal(['mine', boom, 2]);
      expect([nested.message, ...nested.errors]).deep.equal(['nested', bang]);
      expect(scope.cancelledCaught).equal(true);
    });

    it('C4: a user-made group of nothing but its own Cancelled is caught whole', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const value = yield* scope.run(function* () {
        scope.cancel();
        const cancelled = yield* failure(checkpoint());
        throw new ExceptionGroup([cancelled, new ExceptionGroup([cancelled])]);
      });
      story.push(value, scope.cancelledCaught);
      expect(story).deep.equal([undefined, true]);
    });

    it('C4: a user-made group passes unchanged through a scope that was not cancelled', function* () {
      const boom = new Error('boom');
      const made: unknown[] = [];
      const passed: unknown[] = [];
      const error = yield* failure(
        cancelScope(function* (outer) {
          try {
            yield* cancelScope(function* () {
              outer.cancel();
              made.push(new ExceptionGroup([yield* failure(checkpoint()), boom]));
              throw made[0];
            });
          } catch (seen) {
            passed.push(seen);
            throw seen;
          }
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.errors).deep.equal([boom]);
      expect(passed[0]).equal(made[0]);
    });

    /** A task that wraps the cancellation it gets into a group, alone or with an error of its own. */
    function* wrapping(...own: unknown[]): Coroutine<void> {
      const cancelled = yield* failure(sleepForever());
      throw new ExceptionGroup([cancelled, ...own]);
    }

    const cancellers: readonly [
      string,
      (scope: CancelScope, tg: TaskGroup, handle: TaskHandle<void>) => void,
    ][] = [
      ['the group', (_scope, tg) => tg.cancel()],
      ['a scope around the group', (scope) => scope.cancel()],
      ['the task by its handle', (_scope, _tg, handle) => handle.cancel()],
    ];
    for (const [what, cancel] of cancellers) {
      it(`C4: so it is when a child wraps it and ${what} was cancelled`, function* () {
        const story: string[] = [];
        for (const own of [[], [new Error('boom')]]) {
          const scope = new CancelScope();
          const error = yield* failure(
            call(function* () {
              yield* scope.run(() =>
                taskGroup(function* (tg) {
                  const handle = tg.startSoon(wrapping, ...own);
                  yield* sleep(1);
                  cancel(scope, tg, handle);
                }),
              );
              throw new Error('left quietly');
            }),
          );
          story.push(...(error instanceof ExceptionGroup ? error.leaves() : [error]).map(ending));
        }
        expect(story).deep.equal(['Error: left quietly', 'Error: boom']);
      });
    }

    for (const order of ['inner first', 'outer first'] as const) {
      it(`C4: if an outer scope is cancelled too it goes on outwards (${order}, in one step)`, function* () {
        const story: unknown[] = [];
        const outer = new CancelScope();
        const inner = new CancelScope();
        yield* outer.run(function* () {
          yield* inner.run(function* () {
            const scopes = order === 'inner first' ? [inner, outer] : [outer, inner];
            for (const scope of scopes) scope.cancel();
            yield* checkpoint();
          });
          // no checkpoint here: only the Cancelled that goes on outwards keeps this from running
          story.push('between the scopes');
        });
        story.push('outside', yield* outcome(checkpoint()), outer.cancelledCaught, inner.cancelledCaught);
        expect(story).deep.equal(['outside', 'value undefined', true, false]);
      });

      it(`C4: so it does when both cancels reach a parked task (${order})`, function* () {
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
          const scopes = order === 'inner first' ? [inner, outer] : [outer, inner];
          for (const scope of scopes) scope.cancel();
        });
        expect(story).deep.equal(['outside', true, false]);
      });
    }

    it('C4: an outer cancel that comes while the inner Cancelled is unwinding takes it over', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield* outer.run(function* () {
        yield* inner.run(function* () {
          inner.cancel();
          try {
            yield* checkpoint();
          } finally {
            outer.cancel();
          }
        });
        story.push('between the scopes');
      });
      story.push('outside', outer.cancelledCaught, inner.cancelledCaught);
      expect(story).deep.equal(['outside', true, false]);
    });

    it('C4: a shielded inner scope catches its own though an outer one is cancelled: it does not see it', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const inner = new CancelScope({ shield: true });
      yield* outer.run(function* () {
        yield* inner.run(function* () {
          outer.cancel();
          inner.cancel();
          yield* checkpoint();
        });
        story.push('between the scopes', yield* outcome(checkpoint()));
      });
      story.push('outside', outer.cancelCalled, inner.cancelledCaught);
      expect(story).deep.equal(['between the scopes', 'Cancelled', 'outside', true, true]);
    });
  });
});

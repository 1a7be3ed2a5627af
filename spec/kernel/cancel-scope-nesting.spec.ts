/**
 * Cancel scopes inside each other and in many tasks: nested groups, shields and deadlines changed while tasks are
 * parked, errors that arise while cancelling, code that swallows cancellations, and neighbours that must not notice.
 */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  cancelScope,
  checkpoint,
  currentEffectiveDeadline,
  currentTime,
  Event,
  ExceptionGroup,
  moveOnAfter,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome, parkingLot } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('cancel scopes, nested', (run, { exactTime, it }) => {
  describe('shields and deadlines changed while tasks are parked', () => {
    it('a shield goes up and down under a parked task; only a wall that is down lets the cancel in', function* () {
      const story: string[] = [];
      const outer = new CancelScope();
      const wall = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(function* () {
            yield* wall.run(function* () {
              story.push(yield* outcome(sleep(LONG)));
            });
          });
        });
        yield* sleep(1);
        wall.shield = true;
        outer.cancel();
        yield* sleep(1);
        story.push('deaf');
        wall.shield = true;
        yield* sleep(1);
        story.push('still deaf');
        wall.shield = false;
      });
      expect(story).deep.equal(['deaf', 'still deaf', 'Cancelled']);
    });

    it('of two walls both must be down', function* () {
      const story: string[] = [];
      const outer = new CancelScope();
      const walls = [new CancelScope({ shield: true }), new CancelScope({ shield: true })] as const;
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(() =>
            walls[0].run(() =>
              walls[1].run(function* () {
                story.push(yield* outcome(sleep(LONG)));
              }),
            ),
          );
        });
        yield* sleep(1);
        outer.cancel();
        walls[0].shield = false;
        yield* sleep(1);
        story.push('one wall down');
        walls[1].shield = false;
      });
      expect(story).deep.equal(['one wall down', 'Cancelled']);
    });

    it('a wall taken down reaches the children of a group parked under it', function* () {
      const story: Record<string, string[]> = { a: [], b: [] };
      const outer = new CancelScope();
      yield* taskGroup(function* (tg) {
        const walls: { shield: boolean }[] = [];
        tg.startSoon(function* () {
          yield* outer.run(() =>
            shield(function* (wall) {
              walls.push(wall);
              yield* taskGroup(function* (inner) {
                for (const name of ['a', 'b']) {
                  inner.startSoon(function* () {
                    story[name]?.push(yield* outcome(sleep(LONG)));
                  });
                }
              });
            }),
          );
        });
        yield* sleep(1);
        outer.cancel();
        yield* sleep(1);
        for (const name of ['a', 'b']) story[name]?.push('deaf');
        for (const wall of walls) wall.shield = false;
      });
      expect(story).deep.equal({ a: ['deaf', 'Cancelled'], b: ['deaf', 'Cancelled'] });
    });

    it('a wait that the cancel has given up is not revived by a shield put up in the same step', function* () {
      const story: string[] = [];
      const outer = new CancelScope();
      const wall = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(() =>
            wall.run(function* () {
              let aborted = false;
              const how = yield* outcome(
                suspend<never>(
                  () => () => {
                    aborted = true;
                  },
                  { foreign: false },
                ),
              );
              story.push(`${how}, aborted ${aborted}`, yield* outcome(checkpoint()));
            }),
          );
        });
        yield* sleep(1);
        outer.cancel();
        wall.shield = true;
      });
      expect(story).deep.equal(['Cancelled, aborted true', 'value undefined']);
    });

    it('a deadline is moved again and again by another task: the last word counts', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ timeout: LONG });
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(sleepForever);
          story.push('left', scope.cancelledCaught);
        });
        yield* sleep(1);
        const start = currentTime();
        for (const offset of [LONG, 5, Infinity, LONG, 300]) scope.deadline = start + offset;
        yield* sleepUntil(start + 20);
        story.push('20 ms later');
        yield* sleepUntil(start + 350);
        story.push('350 ms later', scope.deadline === start + 300);
      });
      expect(story).deep.equal(['20 ms later', 'left', true, '350 ms later', true]);
    });

    it('a deadline that other tasks keep pushing away never strikes', function* () {
      const story: unknown[] = [];
      const lot = parkingLot();
      const scope = new CancelScope({ timeout: 500 });
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(lot.wait()));
          });
        });
        for (let i = 0; i < 10; i++) {
          yield* sleep(exactTime ? 400 : 1);
          scope.deadline = currentTime() + 500;
        }
        lot.wake();
      });
      story.push(scope.cancelCalled);
      expect(story).deep.equal(['value undefined', false]);
    });

    it('a deadline taken back after it struck changes nothing: a cancelled scope stays cancelled', function* () {
      const story: unknown[] = [];
      yield* new CancelScope({ timeout: 1 }).run(function* (scope) {
        story.push(yield* outcome(sleepForever()));
        scope.deadline = Infinity;
        story.push(yield* outcome(checkpoint()), scope.cancelCalled);
      });
      expect(story).deep.equal(['Cancelled', 'Cancelled', true]);
    });

    it('a deadline that passes after a cancel changes nothing: one reason, one Cancelled', function* () {
      const story: unknown[] = [];
      const caught: unknown[] = [];
      yield* new CancelScope({ timeout: 5 }).run(function* (scope) {
        scope.cancel('by hand');
        caught.push(yield* failure(checkpoint()));
        yield* shield(() => sleep(15));
        caught.push(yield* failure(checkpoint()));
        story.push(scope.reason);
      });
      expect(story).deep.equal(['by hand']);
      expect(new Set(caught).size).equal(1);
    });

    it('a deadline set before entry to a time past cancels at the first checkpoint', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      scope.deadline = currentTime() - 5;
      story.push(scope.cancelCalled);
      yield* scope.run(function* () {
        story.push('entered', yield* outcome(checkpoint()));
      });
      expect(story).deep.equal([false, 'entered', 'Cancelled']);
    });

    it('an inner deadline strikes inside a shield inside a cancelled scope', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        const cleanup = new CancelScope({ timeout: 2, shield: true });
        yield* cleanup.run(function* () {
          story.push(yield* outcome(sleep(LONG)));
          yield* checkpoint();
        });
        story.push(cleanup.cancelledCaught, yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['Cancelled', true, 'Cancelled']);
    });

    it('the deadline of a scope counts on while its task is parked in a child of a child', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ timeout: 2 });
      yield* scope.run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* taskGroup(function* (inner) {
              inner.startSoon(function* () {
                story.push(currentEffectiveDeadline() === scope.deadline);
                story.push(yield* outcome(sleepForever()));
              });
            });
          });
        });
      });
      expect(story).deep.equal([true, 'Cancelled']);
    });
  });

  describe('nested groups under cancel', () => {
    it('unwinds the whole tree from the leaves, each finally once, parents after their children', function* () {
      const ended: string[] = [];
      const grow = function* (path: string, depth: number): Coroutine<void> {
        try {
          if (depth === 0) yield* sleepForever();
          else {
            yield* taskGroup(function* (inner) {
              inner.startSoon(() => grow(`${path}0`, depth - 1));
              inner.startSoon(() => grow(`${path}1`, depth - 1));
              yield* sleepForever();
            });
          }
        } finally {
          ended.push(path);
        }
      };
      yield* taskGroup(function* (tg) {
        tg.startSoon(() => grow('t', 3));
        yield* sleep(1);
        tg.cancel();
      });
      expect(ended.length).equal(15);
      expect(new Set(ended).size).equal(15);
      for (const path of ended) {
        if (path === 't') continue;
        expect(ended.indexOf(path), `${path} before its parent`).lessThan(ended.indexOf(path.slice(0, -1)));
      }
    });

    it('an inner group that is cancelled leaves the tasks of the outer one alone', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (outer) {
        outer.startSoon(function* () {
          story.push(`outer child ${yield* outcome(sleep(150))}`);
        });
        yield* taskGroup(function* (inner) {
          inner.startSoon(function* () {
            story.push(`inner child ${yield* outcome(sleepForever())}`);
          });
          yield* sleep(1);
          inner.cancel();
        });
        story.push(`outer body ${yield* outcome(checkpoint())}`);
      });
      expect(story).deep.equal([
        'inner child Cancelled',
        'outer body value undefined',
        'outer child value undefined',
      ]);
    });

    it('a group in a cancelled scope waits for a shielded child, then the Cancelled goes on', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const released = new Event();
      yield* scope.run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* shield(() => released.wait());
            story.push('shielded child done');
          });
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              story.push('other child cancelled');
              released.set();
            }
          });
          yield* sleep(1);
          scope.cancel();
          yield* checkpoint();
        });
        story.push('never');
      });
      story.push('scope left', scope.cancelledCaught);
      expect(story).deep.equal(['other child cancelled', 'shielded child done', 'scope left', true]);
    });

    it('a group whose children all ended normally is left normally, though its scope was cancelled late', function* () {
      const story: unknown[] = [];
      yield* cancelScope(function* (scope) {
        const value = yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* shield(() => sleep(40));
          });
          tg.startSoon(function* () {
            yield* sleep(1);
            scope.cancel();
          });
          return 'kept';
        });
        story.push(value, yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['kept', 'Cancelled']);
    });

    for (const order of [
      ['inner', 'outer'],
      ['outer', 'inner'],
    ]) {
      it(`an inner and an outer group cancelled in one step end as one (${order.join(' first, then ')})`, function* () {
        const story: unknown[] = [];
        const groups = new Map<string, TaskGroup>();
        yield* taskGroup(function* (watch) {
          watch.startSoon(function* () {
            yield* taskGroup(function* (outer) {
              groups.set('outer', outer);
              yield* taskGroup(function* (inner) {
                groups.set('inner', inner);
                inner.startSoon(sleepForever);
                yield* sleepForever();
              });
              story.push('between the groups');
            });
            story.push('outside');
          });
          yield* sleep(1);
          for (const name of order) groups.get(name)?.cancel();
        });
        for (const [name, group] of groups) story.push(`${name} caught ${group.cancelScope.cancelledCaught}`);
        expect(story).deep.equal(['outside', 'outer caught true', 'inner caught false']);
      });
    }
  });

  describe('errors while being cancelled', () => {
    it('an error thrown in the clean-up of a cancelled scope leaves the scope as it is', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const error = yield* failure(
        scope.run(function* () {
          scope.cancel();
          try {
            yield* checkpoint();
          } finally {
            yield* failingCleanUp();
          }
        }),
      );
      story.push(String(error), scope.cancelCalled, scope.cancelledCaught);
      expect(story).deep.equal(['Error: clean-up failed', true, false]);
    });

    it('errors thrown by children while their group is cancelled are all in the group of errors', async () => {
      const error = await rejection(
        run(function* () {
          yield* taskGroup(function* (tg) {
            for (const name of ['a', 'b', 'c']) {
              tg.startSoon(function* () {
                try {
                  yield* sleepForever();
                } finally {
                  if (name !== 'b') yield* failingCleanUp(name);
                }
              });
            }
            yield* sleep(1);
            tg.cancel();
          });
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.errors.map(ending).sort()).deep.equal(['Error: a failed', 'Error: c failed']);
    });

    it('a real error in a group inside a cancelled scope gets out, without the cancellations', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope();
      const error = yield* failure(
        scope.run(function* () {
          yield* taskGroup(function* (tg) {
            tg.startSoon(sleepForever);
            tg.startSoon(function* () {
              try {
                yield* sleepForever();
              } finally {
                yield* failingCleanUp();
              }
            });
            yield* sleep(1);
            scope.cancel();
          });
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      story.push(...error.leaves().map(ending));
      expect(story).deep.equal(['Error: clean-up failed']);
    });

    it('the error that a swallowed Cancelled is turned into is an ordinary error', async () => {
      const error = await rejection(
        run(function* () {
          yield* cancelScope(function* (scope) {
            scope.cancel();
            try {
              yield* checkpoint();
            } catch (cause) {
              throw new Error('could not finish', { cause });
            }
          });
        }),
      );
      expect(String(error)).equal('Error: could not finish');
    });

    it('a task that fails while another error already cancels the group adds its own', async () => {
      const error = await rejection(
        run(function* () {
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              yield* sleep(1);
              throw new Error('first');
            });
            tg.startSoon(function* () {
              try {
                yield* sleepForever();
              } finally {
                yield* shield(() => sleep(2));
                yield* failingCleanUp('second');
              }
            });
          });
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.errors.map(ending)).deep.equal(['Error: first', 'Error: second failed']);
    });
  });

  describe('swallowing', () => {
    it('code that swallows cancellations in an endless loop does not starve the host', function* () {
      let swallowed = 0;
      yield* cancelScope(function* (scope) {
        scope.cancel();
        let over = false;
        setTimeout(() => {
          over = true;
        }, 5);
        while (!over) {
          yield* outcome(sleep(1));
          swallowed++;
        }
      });
      expect(swallowed).greaterThan(0);
    });

    it('nor its fellow tasks: each gets its turn', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* cancelScope(function* (scope) {
            scope.cancel();
            for (let i = 1; i <= 3; i++) {
              yield* outcome(sleep(1));
              story.push(`swallows ${i}`);
            }
          });
        });
        tg.startSoon(function* () {
          for (let i = 1; i <= 3; i++) {
            yield* checkpoint();
            story.push(`works ${i}`);
          }
        });
      });
      expect(story).deep.equal(['swallows 1', 'works 1', 'swallows 2', 'works 2', 'swallows 3', 'works 3']);
    });
  });

  describe('neighbours', () => {
    it('an error passes through scopes that are not cancelled as the very object', function* () {
      const boom = { not: 'even an error' };
      const error = yield* failure(
        cancelScope(() =>
          shield(() =>
            moveOnAfter(LONG, function* () {
              yield* checkpoint();
              throw boom;
            }),
          ),
        ),
      );
      expect(error).equal(boom);
    });

    it('a cancel reaches no scope of another task outside the group', function* () {
      const story: Record<string, string[]> = { a: [], b: [] };
      const scopes = { a: new CancelScope(), b: new CancelScope() };
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b'] as const) {
          tg.startSoon(function* () {
            yield* scopes[name].run(function* () {
              story[name]?.push(yield* outcome(sleep(40)));
            });
            story[name]?.push(yield* outcome(checkpoint()));
          });
        }
        yield* sleep(1);
        scopes.a.cancel();
      });
      expect(story).deep.equal({
        a: ['Cancelled', 'value undefined'],
        b: ['value undefined', 'value undefined'],
      });
    });

    it('a cancel that comes when the last wait of the scope is already over is not carried out of it', function* () {
      const story: unknown[] = [];
      const lot = parkingLot<string>();
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          const value = yield* scope.run(() => lot.wait());
          story.push(value, yield* outcome(checkpoint()), scope.cancelledCaught);
        });
        yield* sleep(1);
        lot.wake('in time');
        scope.cancel();
      });
      expect(story).deep.equal(['in time', 'value undefined', false]);
    });

    it('scopes entered one after the other in one task do not inherit from each other', function* () {
      const story: string[] = [];
      for (let i = 0; i < 3; i++) {
        yield* cancelScope(function* (scope) {
          if (i !== 1) scope.cancel();
          story.push(yield* outcome(checkpoint()));
        });
      }
      expect(story).deep.equal(['Cancelled', 'value undefined', 'Cancelled']);
    });

    it('a body that returns from inside nested scopes leaves all of them', function* () {
      const story: unknown[] = [];
      const nested = function* (depth: number): Coroutine<string | undefined> {
        if (depth === 0) return 'core';
        return yield* cancelScope(() => nested(depth - 1));
      };
      yield* cancelScope(function* (scope) {
        story.push(yield* nested(100));
        scope.cancel();
        story.push(yield* outcome(checkpoint()));
      });
      story.push(yield* outcome(checkpoint()), currentEffectiveDeadline());
      expect(story).deep.equal(['core', 'Cancelled', 'value undefined', Infinity]);
    });

    it('ten thousand nested scopes are cancelled and left, without the JavaScript stack', function* () {
      let unwound = 0;
      const nested = function* (depth: number): Coroutine<void> {
        try {
          if (depth === 0) yield* sleepForever();
          else yield* cancelScope(() => nested(depth - 1));
        } finally {
          unwound++;
        }
      };
      yield* moveOnAfter(5, () => nested(10_000));
      expect(unwound).equal(10_001);
    });
  });
});
function* failingCleanUp(who = 'clean-up'): Coroutine<void> {
  throw new Error(`${who} failed`);
}

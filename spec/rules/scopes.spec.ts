/**
 * Rules C5 to C8 of the design, a spec or more for each sentence: shields, the reach of a cancel, deadlines, and
 * clean-up.
 *
 * Where one cancel reaches several tasks the order in which they are woken is not promised: such specs keep a
 * story per task. Waits that are to be cancelled are far longer than any spec, so that on a real clock the
 * cancellation is always the first to come.
 */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  cancelScope,
  cancelShieldedCheckpoint,
  checkpoint,
  currentTime,
  isCancelled,
  moveOnAfter,
  type Operation,
  shield,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { onEachBackend } from '../support/contract.js';
import { failure, outcome } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('scopes', (_run, { it }) => {
  describe('C5 shields', () => {
    it('C5: a shielded scope is deaf to outside cancellation', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        yield* cancelScope(
          function* () {
            story.push(yield* outcome(sleep(1)), yield* outcome(checkpoint()));
          },
          { shield: true },
        );
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value undefined', 'value undefined', 'Cancelled']);
    });

    it('C5: a shielded scope is not deaf to its own cancellation', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ shield: true });
      yield* scope.run(function* () {
        scope.cancel();
        story.push(yield* outcome(checkpoint()));
      });
      const late = new CancelScope({ shield: true, timeout: 2 });
      yield* late.run(sleepForever);
      story.push(late.cancelledCaught);
      expect(story).deep.equal(['Cancelled', true]);
    });

    it('C5: a shield covers the tasks and scopes inside it', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        yield* shield(function* () {
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              yield* cancelScope(function* () {
                outer.cancel();
                story.push(`child ${yield* outcome(sleep(1))}`);
              });
            });
          });
        });
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['child value undefined', 'Cancelled']);
    });

    it('C5: a shield taken down while a task is parked under it lets the cancellation in at once', function* () {
      const story: unknown[] = [];
      const outer = new CancelScope();
      const inner = new CancelScope({ shield: true });
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outer.run(function* () {
            yield* inner.run(function* () {
              story.push(yield* outcome(sleep(LONG)));
            });
          });
        });
        yield* sleep(1);
        outer.cancel();
        yield* sleep(1);
        story.push('still parked');
        inner.shield = false;
        story.push('shield down');
      });
      story.push(outer.cancelledCaught, inner.cancelledCaught);
      // the swallowed Cancelled belongs to nobody any more: neither scope caught anything
      expect(story).deep.equal(['still parked', 'shield down', 'Cancelled', false, false]);
    });

    it('C5: a shield put up in a cancelled scope stops the cancellation at once, and taken down lets it in', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (outer) {
        outer.cancel();
        yield* cancelScope(function* (inner) {
          story.push(yield* outcome(checkpoint()));
          inner.shield = true;
          story.push(yield* outcome(sleep(1)));
          inner.shield = false;
          story.push(yield* outcome(checkpoint()));
        });
      });
      expect(story).deep.equal(['Cancelled', 'value undefined', 'Cancelled']);
    });

    it('C5: a deadline set by another task on a parked one counts at once', function* () {
      const story: string[] = [];
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(yield* outcome(sleep(LONG)));
          });
        });
        yield* sleep(1);
        scope.deadline = currentTime() + 2;
        story.push('deadline set');
      });
      expect(story).deep.equal(['deadline set', 'Cancelled']);
    });

    it('C5: a deadline moved into the past cancels without any time passing', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ timeout: LONG });
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(sleepForever);
          story.push('left', scope.cancelledCaught);
        });
        yield* sleep(1);
        scope.deadline = currentTime() - 1;
        const before = currentTime();
        yield* sleep(1);
        story.push(currentTime() - before < LONG / 2);
      });
      expect(story).deep.equal(['left', true, true]);
    });

    it('C5: a deadline put off, or taken away, in time does not strike', function* () {
      const story: unknown[] = [];
      for (const later of [LONG, Infinity]) {
        const scope = new CancelScope({ timeout: 20 });
        yield* scope.run(function* () {
          scope.deadline = currentTime() + later;
          story.push(yield* outcome(sleep(30)));
        });
        story.push(scope.cancelCalled);
      }
      expect(story).deep.equal(['value undefined', false, 'value undefined', false]);
    });
  });

  describe('C6 reach', () => {
    it('C6: cancelling reaches the scopes of child tasks through their groups', function* () {
      const stories: Record<string, string[]> = { body: [], child: [], grandchild: [] };
      const tell = function* (name: string) {
        yield* cancelScope(function* () {
          stories[name]?.push(yield* outcome(sleep(LONG)));
        });
      };
      yield* cancelScope(function* (outer) {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* taskGroup(function* (inner) {
              inner.startSoon(tell, 'grandchild');
              yield* tell('child');
            });
          });
          yield* sleep(1);
          outer.cancel();
          yield* tell('body');
        });
      });
      expect(stories).deep.equal({ body: ['Cancelled'], child: ['Cancelled'], grandchild: ['Cancelled'] });
    });

    it('C6: the signal of every scope reached aborts in the very step of the cancel, and of no other', function* () {
      const seen: Record<string, boolean> = {};
      const names = ['outer', 'inner', 'child', 'grandchild', 'shielded', 'under the shield', 'beside'];
      const scopes = new Map(names.map((name) => [name, new CancelScope({ shield: name === 'shielded' })]));
      const scope = (name: string): CancelScope => {
        const found = scopes.get(name);
        if (found === undefined) throw new Error(name);
        return found;
      };
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope('beside').run(() => sleep(10));
        });
        yield* scope('outer').run(function* () {
          yield* taskGroup(function* (group) {
            group.startSoon(function* () {
              yield* scope('child').run(function* () {
                yield* taskGroup(function* (deep) {
                  deep.startSoon(() => scope('grandchild').run(sleepForever));
                });
              });
            });
            group.startSoon(() =>
              scope('shielded').run(() => scope('under the shield').run(() => sleep(10))),
            );
            yield* scope('inner').run(function* () {
              yield* sleep(1);
              for (const name of names) expect(scope(name).signal.aborted).equal(false);
              scope('outer').cancel();
              for (const name of names) seen[name] = scope(name).signal.aborted;
            });
          });
        });
      });
      expect(seen).deep.equal({
        outer: true,
        inner: true,
        child: true,
        grandchild: true,
        shielded: false,
        'under the shield': false,
        beside: false,
      });
    });

    it('C6: the abort event is fired inside the call of cancel, before it returns', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.signal.addEventListener('abort', () => story.push('aborted'));
        story.push('before');
        scope.cancel();
        story.push('after');
        yield* checkpoint();
      });
      expect(story).deep.equal(['before', 'aborted', 'after']);
    });

    it('C6: the signal aborts when a shield above it is taken down in a cancelled scope', function* () {
      const seen: boolean[] = [];
      yield* cancelScope(function* (outer) {
        yield* cancelScope(
          function* (inner) {
            outer.cancel();
            seen.push(inner.signal.aborted);
            inner.shield = false;
            seen.push(inner.signal.aborted);
          },
          { shield: true },
        );
      });
      expect(seen).deep.equal([false, true]);
    });

    it('C6: the signal aborts with the Cancelled as its reason, when the deadline strikes too', function* () {
      const seen: unknown[] = [];
      for (const options of [{}, { timeout: 1 }]) {
        const scope = new CancelScope(options);
        yield* scope.run(function* () {
          if (!('timeout' in options)) scope.cancel();
          const error = yield* failure(sleep(LONG));
          seen.push(isCancelled(error), scope.signal.reason === error);
        });
      }
      expect(seen).deep.equal([true, true, true, true]);
    });
  });

  describe('C7 deadlines of scopes', () => {
    it('C7: the deadline of a scope that is not entered does not count', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ deadline: currentTime() + 1 });
      yield* sleep(5);
      story.push(scope.cancelCalled, scope.signal.aborted);
      story.push(yield* scope.run(() => sleepForever()));
      story.push(scope.cancelCalled, scope.cancelledCaught);
      expect(story).deep.equal([false, false, undefined, true, true]);
    });

    it('C7: the deadline of a scope that was left does not count any more', function* () {
      const story: unknown[] = [];
      const scope = new CancelScope({ timeout: 30 });
      yield* scope.run(checkpoint);
      story.push(yield* outcome(sleep(40)), scope.cancelCalled, scope.signal.aborted);
      expect(story).deep.equal(['value undefined', false, false]);
    });

    it('C7: the earliest deadline in effect wins, whichever scope has it', function* () {
      const story: unknown[] = [];
      for (const [outerMs, innerMs] of [
        [2, LONG],
        [LONG, 2],
      ] as const) {
        const outer = new CancelScope({ timeout: outerMs });
        const inner = new CancelScope({ timeout: innerMs });
        yield* outer.run(() => inner.run(sleepForever));
        story.push([outer.cancelledCaught, inner.cancelledCaught]);
      }
      expect(story).deep.equal([
        [true, false],
        [false, true],
      ]);
    });

    it('C7: a deadline outside a shield is not in effect inside it', function* () {
      const story: unknown[] = [];
      yield* moveOnAfter(1, function* () {
        yield* shield(function* () {
          story.push(yield* outcome(sleep(10)));
        });
        story.push(yield* outcome(checkpoint()));
      });
      expect(story).deep.equal(['value undefined', 'Cancelled']);
    });
  });

  describe('C8 clean-up', () => {
    it('C8: finally blocks run, of every frame and task, from the inside out', function* () {
      const story: string[] = [];
      yield* taskGroup(function* (tg) {
        const frame = function* (name: string, next: () => Operation<unknown>): Coroutine<void> {
          try {
            yield* next();
          } finally {
            story.push(name);
          }
        };
        tg.startSoon(() => frame('outer', () => frame('middle', () => frame('inner', sleepForever))));
        yield* sleep(1);
        tg.cancel();
      });
      story.push('group over');
      expect(story).deep.equal(['inner', 'middle', 'outer', 'group over']);
    });

    it('C8: a yield in a finally block inside a cancelled scope throws', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        try {
          yield* checkpoint();
        } finally {
          story.push('clean-up begins');
          yield* sleep(1);
          story.push('never');
        }
      });
      story.push('scope over');
      expect(story).deep.equal(['clean-up begins', 'scope over']);
    });

    it('C8: a shielded yield in a finally block does not', function* () {
      const story: string[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        try {
          yield* checkpoint();
        } finally {
          story.push('clean-up begins');
          yield* shield(() => sleep(1));
          story.push('clean-up done');
          yield* cancelShieldedCheckpoint();
          story.push('yielded');
        }
      });
      story.push('scope over');
      expect(story).deep.equal(['clean-up begins', 'clean-up done', 'yielded', 'scope over']);
    });
  });
});

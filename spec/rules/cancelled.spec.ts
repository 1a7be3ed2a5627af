/**
 * Rules C9 to C12 of the design, a spec or more for each sentence: that nothing is left running, and what becomes
 * of the one `Cancelled` that a cancel makes.
 */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  cancelScope,
  checkpoint,
  ExceptionGroup,
  isCancelled,
  shield,
  sleep,
  sleepForever,
  taskGroup,
  until,
  withPortal,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome } from '../support/outcome.js';

const LONG = 60_000;

onEachBackend('cancelled', (run, { it }) => {
  /** A Cancelled that has outlived its scope, as careless code would keep one. */
  function* keptCancelled(): Coroutine<unknown> {
    const kept: unknown[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel('kept');
      kept.push(yield* failure(checkpoint()));
    });
    return kept[0];
  }

  describe('C9 nothing is abandoned', () => {
    for (const [end, finish] of [
      ['main returns', () => {}],
      [
        'main throws',
        () => {
          throw new Error('over');
        },
      ],
    ] as const) {
      it(`C9: whatever was started has ended when run settles (${end})`, async () => {
        const story: string[] = [];
        const running = run(function* () {
          yield* taskGroup(function* (tg) {
            for (const name of ['a', 'b']) {
              tg.startSoon(function* () {
                try {
                  yield* sleep(3);
                } finally {
                  yield* shield(() => sleep(3));
                  story.push(`${name} ended`);
                }
              });
            }
            yield* sleep(1);
            finish();
          });
        });
        await running.catch(() => {});
        story.push('run settled');
        expect(story).deep.equal(['a ended', 'b ended', 'run settled']);
      });
    }

    it('C9: so it has when the run is cancelled from outside', async () => {
      const story: string[] = [];
      const running = run(function* () {
        yield* taskGroup(function* (tg) {
          for (const name of ['a', 'b']) {
            tg.startSoon(function* () {
              try {
                yield* sleepForever();
              } finally {
                yield* shield(() => sleep(3));
                story.push(`${name} ended`);
              }
            });
          }
          yield* sleepForever();
        });
      });
      setTimeout(() => running.cancel(), 5);
      story.push(ending(await rejection(running)));
      expect(story).deep.equal(['a ended', 'b ended', 'Cancelled']);
    });

    it('C9: a coroutine that refuses to end is waited for', async () => {
      const story: string[] = [];
      const running = run(function* () {
        for (let i = 0; i < 5; i++) story.push(yield* outcome(sleepForever()));
        yield* shield(() => sleep(2));
        story.push('ended');
        return 'a value';
      });
      setTimeout(() => running.cancel(), 5);
      story.push(String(await running));
      expect(story).deep.equal([...Array<string>(5).fill('Cancelled'), 'ended', 'a value']);
    });
  });

  describe('C10 one Cancelled per cancel', () => {
    it('C10: every task that a cancel reaches, however deep, gets the same Cancelled object', function* () {
      const caught: unknown[] = [];
      yield* taskGroup(function* (tg) {
        const leaf = function* () {
          caught.push(yield* failure(sleepForever()));
        };
        for (let i = 0; i < 100; i++) tg.startSoon(leaf);
        tg.startSoon(function* () {
          yield* taskGroup(function* (inner) {
            for (let i = 0; i < 100; i++) inner.startSoon(() => cancelScope(leaf));
          });
        });
        yield* sleep(1);
        tg.cancel('enough');
      });
      expect(caught.length).equal(200);
      expect(new Set(caught).size).equal(1);
      expect(caught.every(isCancelled)).equal(true);
    });

    it('C10: a task gets the same object at every checkpoint of the cancelled scope', function* () {
      const caught: unknown[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel();
        for (let i = 0; i < 5; i++) caught.push(yield* failure(checkpoint()));
        caught.push(scope.signal.reason);
      });
      expect(new Set(caught).size).equal(1);
    });

    it('C10: a second cancel of the same scope makes no second object and keeps the first reason', function* () {
      const caught: unknown[] = [];
      const reasons: unknown[] = [];
      yield* cancelScope(function* (scope) {
        scope.cancel('first');
        caught.push(yield* failure(checkpoint()));
        scope.cancel('second');
        caught.push(yield* failure(checkpoint()));
        reasons.push(scope.reason);
      });
      expect(new Set(caught).size).equal(1);
      expect(caught.map((error) => isCancelled(error) && error.reason)).deep.equal(['first', 'first']);
      expect(reasons).deep.equal(['first']);
    });

    it('its message says why, and by which task: of a handle, a group, a sibling, a run and a signal', async () => {
      const messages: string[] = [];
      function* victim(): Coroutine<void> {
        const error = yield* failure(sleepForever());
        messages.push(String(error));
      }
      await run(() =>
        taskGroup(function* boss(tg) {
          const handle = tg.startSoon(victim);
          yield* checkpoint();
          handle.cancel('enough');
          yield* handle.wait();
          yield* taskGroup(
            function* (inner) {
              inner.startSoon(victim);
              yield* checkpoint();
              inner.cancel('too many');
            },
            { name: 'jobs' },
          );
          yield* failure(
            taskGroup(function* (inner) {
              inner.startSoon(victim);
              yield* checkpoint();
              inner.startSoon(function* rotten() {
                throw new RangeError('boom');
              });
            }),
          );
        }),
      );
      const running = run(victim, { name: 'server' });
      running.cancel('closing time');
      await running;
      const controller = new AbortController();
      const listening = run(victim, { name: 'server', signal: controller.signal });
      controller.abort('hung up');
      await listening;
      expect(messages).deep.equal([
        'Cancelled: task victim (#2) was cancelled by task task-1 (#1): enough',
        'Cancelled: task group "jobs" was cancelled by task task-1 (#1): too many',
        'Cancelled: task rotten (#5) of the same group failed: RangeError: boom',
        'Cancelled: run "server" was cancelled from outside of any task: closing time',
        'Cancelled: the signal of run "server" aborted: hung up',
      ]);
    });

    it('C10: the cancels of two scopes are two objects', function* () {
      const caught: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        yield* cancelScope(function* (scope) {
          scope.cancel();
          caught.push(yield* failure(checkpoint()));
        });
      }
      expect(new Set(caught).size).equal(2);
    });
  });

  describe('C11 a kept Cancelled', () => {
    function expectKept(error: unknown, kept: unknown): void {
      expect(error).instanceOf(Error);
      expect(isCancelled(error), 'still a Cancelled').equal(false);
      if (!(error instanceof Error)) return;
      expect(error.cause).equal(kept);
      expect(error.message).match(/cancel/i);
    }

    it('C11: thrown by main where nothing is cancelled it is an ordinary error that says so', async () => {
      const kept: unknown[] = [];
      const error = await rejection(
        run(function* () {
          kept.push(yield* keptCancelled());
          throw kept[0];
        }),
      );
      expectKept(error, kept[0]);
    });

    it('C11: thrown by a child it is a failure of that child, and cancels its siblings as any error does', async () => {
      const kept: unknown[] = [];
      const story: unknown[] = [];
      const error = await rejection(
        run(function* () {
          kept.push(yield* keptCancelled());
          yield* taskGroup(function* (tg) {
            const thrower = tg.startSoon(function* () {
              yield* checkpoint();
              throw kept[0];
            });
            try {
              yield* sleep(LONG);
            } finally {
              story.push(thrower.status);
              expectKept(thrower.exception, kept[0]);
            }
          });
        }),
      );
      expect(story).deep.equal(['failed']);
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.errors.length).equal(1);
      expectKept(error.errors[0], kept[0]);
    });

    it("C11: brought by the promise of a portal's task that was cancelled: the error names that as a cause", async () => {
      const error = await rejection(
        run(() =>
          withPortal(function* (portal) {
            const call = portal.call(sleepForever);
            yield* sleep(1);
            call.cancel('nobody needs it');
            yield* until(call);
          }),
        ),
      );
      expect(isCancelled(error), 'still a Cancelled').equal(false);
      expect((error as Error).message)
        .contain("came by the promise of a run or of a portal's task that was cancelled")
        .and.contain('nobody needs it');
    });

    it('C11: thrown in the body of a group it is an error of the group', async () => {
      const kept: unknown[] = [];
      const error = await rejection(
        run(function* () {
          kept.push(yield* keptCancelled());
          yield* taskGroup(function* () {
            yield* checkpoint();
            throw kept[0];
          });
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.errors.length).equal(1);
      expectKept(error.errors[0], kept[0]);
    });

    it('C11: a scope that was not cancelled does not catch it', function* () {
      const story: string[] = [];
      const kept = yield* keptCancelled();
      const scope = new CancelScope();
      const error = yield* failure(
        scope.run(function* () {
          throw kept;
        }),
      );
      story.push(error === undefined ? 'swallowed' : 'thrown on', `caught ${scope.cancelledCaught}`);
      expect(story).deep.equal(['thrown on', 'caught false']);
    });

    it('C11: rethrown after its own scope was left it is one too', async () => {
      const kept: unknown[] = [];
      const error = await rejection(
        run(function* () {
          yield* cancelScope(function* (scope) {
            scope.cancel();
            kept.push(yield* failure(checkpoint()));
          });
          yield* checkpoint();
          throw kept[0];
        }),
      );
      expectKept(error, kept[0]);
    });
  });

  describe('C11 a kept Cancelled in a group that a user made', () => {
    function* userGroup(kept: unknown): Coroutine<never> {
      yield* checkpoint();
      throw new ExceptionGroup([new RangeError('mine'), new ExceptionGroup([kept], 'inner')], 'outer');
    }

    function expectSorted(error: unknown, kept: unknown): void {
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.message).equal('outer');
      const [mine, inner] = error.errors;
      expect(mine).instanceOf(RangeError);
      if (!(inner instanceof ExceptionGroup)) throw inner;
      expect(inner.message).equal('inner');
      const [stale] = inner.errors as [Error];
      expect(isCancelled(stale), 'still a Cancelled').equal(false);
      expect(stale.cause).equal(kept);
      expect(stale.message).match(/nothing is cancelled/);
    }

    it('C11: leaving a run it is an ordinary error that says so, in its place in the nesting', async () => {
      const kept: unknown[] = [];
      const error = await rejection(
        run(function* () {
          kept.push(yield* keptCancelled());
          yield* userGroup(kept[0]);
        }),
      );
      expectSorted(error, kept[0]);
    });

    it('C11: leaving a child, and the body of a group, too', async () => {
      for (const inBody of [false, true]) {
        const kept: unknown[] = [];
        const error = await rejection(
          run(function* () {
            kept.push(yield* keptCancelled());
            yield* taskGroup(function* (tg) {
              if (inBody) yield* userGroup(kept[0]);
              tg.startSoon(userGroup, kept[0]);
            });
          }),
        );
        if (!(error instanceof ExceptionGroup)) throw error;
        expectSorted(error.errors[0], kept[0]);
      }
    });

    it('C11: beside a live cancellation, which is left out, the kept one stays and says so', async () => {
      const kept: unknown[] = [];
      const story: unknown[] = [];
      const error = await rejection(
        run(function* () {
          kept.push(yield* keptCancelled());
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              tg.cancel();
              const live = yield* failure(checkpoint());
              story.push(isCancelled(live), live === kept[0]);
              throw new ExceptionGroup([live, kept[0]], 'both');
            });
          });
        }),
      );
      expect(story).deep.equal([true, false]);
      if (!(error instanceof ExceptionGroup)) throw error;
      const [both] = error.errors as [ExceptionGroup];
      expect(both.errors.map((leaf) => [isCancelled(leaf), (leaf as Error).cause === kept[0]])).deep.equal([
        [false, true],
      ]);
    });

    it('C11: nested thousands deep', async () => {
      const kept: unknown[] = [];
      const error = await rejection(
        run(function* () {
          let group: unknown = yield* keptCancelled();
          kept.push(group);
          for (let depth = 0; depth < 2_000; depth++) group = new ExceptionGroup([group]);
          throw group;
        }),
      );
      if (!(error instanceof ExceptionGroup)) throw error;
      expect(error.leaves().map((leaf) => (leaf as Error).cause)).deep.equal(kept);
    });
  });

  describe('C12 until with a signal', () => {
    /**
     * Waits in a scope that is cancelled a moment later; `answer` makes the promise once the signal has aborted.
     * No timer here: while a promise is waited for the virtual clock stands still (L8).
     */
    function* untilAborted(answer: (signal: AbortSignal) => Promise<unknown>): Coroutine<unknown[]> {
      const story: unknown[] = [];
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* scope.run(function* () {
            story.push(
              yield* outcome(
                until(
                  (signal) =>
                    new Promise((resolve) => {
                      signal.addEventListener('abort', () => resolve(answer(signal)));
                    }),
                ),
              ),
            );
            yield* checkpoint();
          });
          story.push(scope.cancelledCaught);
        });
        yield* checkpoint();
        scope.cancel();
      });
      return story;
    }

    it('C12: after the abort an AbortError is the cancellation', function* () {
      const abortError = () => Promise.reject(new DOMException('This operation was aborted', 'AbortError'));
      expect(yield* untilAborted(abortError)).deep.equal(['Cancelled', true]);
    });

    it("C12: after the abort the signal's reason is the cancellation, and is the Cancelled itself", function* () {
      const reasons: unknown[] = [];
      const story = yield* untilAborted((signal) => {
        reasons.push(signal.reason);
        return Promise.reject(signal.reason);
      });
      expect(story).deep.equal(['Cancelled', true]);
      expect(reasons.map(isCancelled)).deep.equal([true]);
    });

    it('C12: after the abort any other error is thrown', function* () {
      const story = yield* untilAborted(() => Promise.reject(new RangeError('while aborting')));
      expect(story).deep.equal(['RangeError: while aborting', true]);
    });

    it('C12: in a scope already cancelled the function is not called', async () => {
      const story: string[] = [];
      await run(function* () {
        yield* cancelScope(function* (scope) {
          scope.cancel();
          story.push(
            yield* outcome(
              until(async () => {
                story.push('called');
              }),
            ),
          );
        });
      });
      expect(story).deep.equal(['Cancelled']);
    });
  });
});

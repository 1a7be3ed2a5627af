/**
 * What holds of everything that is acquired and released by one task at a time: Lock, Semaphore(1),
 * CapacityLimiter(1), Condition. Written once; `spec/sync/locks.spec.ts` runs it over each of them, on each backend.
 */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  checkpoint,
  DeadlockError,
  type Effect,
  moveOnAfter,
  taskGroup,
  WouldBlock,
} from 'treadle';
import { onEachBackend, rejection, thrown } from './contract.js';
import { outcome } from './outcome.js';

export interface LockLike {
  acquire(): Effect<Disposable>;
  acquireNowait(): Disposable;
  release(): void;
}

/**
 * @param create A new one that is free.
 * @param waiting How many tasks are in its queue.
 */
export function lockContract<L extends LockLike>(
  title: string,
  create: () => L,
  waiting: (lock: L) => number,
): void {
  onEachBackend(title, (run) => {
    /** Holds the lock for some turns; tells when it got it. */
    function* use(lock: L, name: string, story: string[], turns = 2): Coroutine<void> {
      using _ = yield* lock.acquire();
      story.push(`${name} in`);
      for (let turn = 0; turn < turns; turn++) yield* checkpoint();
      story.push(`${name} out`);
    }

    it('lets one task in at a time, first come, first served', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          for (const name of ['a', 'b', 'c']) tg.startSoon(use, lock, name, story);
        }),
      );
      expect(story).to.deep.equal(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
      expect(waiting(lock)).to.equal(0);
    });

    it('hands over directly: who comes between the release and the next owner queues up behind', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const first = yield* lock.acquire();
          tg.startSoon(use, lock, 'queued', story);
          yield* checkpoint();
          expect(waiting(lock)).to.equal(1);
          first[Symbol.dispose]();
          // The queued one owns it now, though it has not run.
          story.push(`nowait: ${thrown(() => lock.acquireNowait()) instanceof WouldBlock}`);
          yield* use(lock, 'late-comer', story);
        }),
      );
      expect(story).to.deep.equal([
        'nowait: true',
        'queued in',
        'queued out',
        'late-comer in',
        'late-comer out',
      ]);
    });

    it('acquire is a checkpoint also when it need not wait', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            story.push('other');
          });
          using _ = yield* lock.acquire();
          story.push('acquired');
        }),
      );
      expect(story).to.deep.equal(['other', 'acquired']);
    });

    it('acquireNowait takes it when it is free, and is no checkpoint', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const other = tg.startSoon(function* () {
            story.push(`other: ${yield* outcome(moveOnAfter(1, () => use(lock, 'other', story)))}`);
          });
          {
            using _ = lock.acquireNowait();
            story.push('acquired');
            yield* other.wait();
          }
          lock.acquireNowait();
          lock.release();
          story.push('twice');
        }),
      );
      expect(story).to.deep.equal(['acquired', 'other: value undefined', 'twice']);
    });

    it('C3: a cancelled waiter leaves no trace', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const first = yield* lock.acquire();
          const a = tg.startSoon(use, lock, 'a', story);
          const b = tg.startSoon(use, lock, 'b', story);
          const c = tg.startSoon(use, lock, 'c', story);
          yield* checkpoint();
          const counts = [waiting(lock)];
          b.cancel();
          counts.push(waiting(lock));
          a.cancel();
          counts.push(waiting(lock));
          first[Symbol.dispose]();
          yield* c.wait();
          story.push(String(counts), [a, b, c].map((task) => task.status).join());
          yield* use(lock, 'again', story);
        }),
      );
      expect(story).to.deep.equal([
        'c in',
        'c out',
        '3,2,1',
        'cancelled,cancelled,finished',
        'again in',
        'again out',
      ]);
    });

    it('C3: what was handed over is not lost when its receiver is cancelled in the same moment', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const first = yield* lock.acquire();
          const receiver = tg.startSoon(use, lock, 'receiver', story);
          const next = tg.startSoon(use, lock, 'next', story);
          yield* checkpoint();
          first[Symbol.dispose]();
          receiver.cancel(); // too late for the acquire: the next checkpoint throws, and `using` releases
          yield* next.wait();
          story.push(receiver.status);
        }),
      );
      expect(story).to.deep.equal(['receiver in', 'next in', 'next out', 'cancelled']);
    });

    it('C3: a wait that is cancelled first gets nothing, and the release goes to the one behind', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const first = yield* lock.acquire();
          const receiver = tg.startSoon(use, lock, 'receiver', story);
          const next = tg.startSoon(use, lock, 'next', story);
          yield* checkpoint();
          receiver.cancel();
          first[Symbol.dispose]();
          yield* next.wait();
          story.push(receiver.status);
        }),
      );
      expect(story).to.deep.equal(['next in', 'next out', 'cancelled']);
    });

    it('in a cancelled scope acquire throws and takes nothing, also when it is free', async () => {
      const lock = create();
      const story: string[] = [];
      await run(function* () {
        const scope = new CancelScope();
        yield* scope.run(function* () {
          scope.cancel();
          story.push(yield* outcome(lock.acquire()));
        });
        yield* use(lock, 'later', story);
      });
      expect(story).to.deep.equal(['Cancelled', 'later in', 'later out']);
    });

    it('an error in the block releases it', async () => {
      const lock = create();
      const story: string[] = [];
      await run(function* () {
        const failing = function* (): Coroutine<void> {
          using _ = yield* lock.acquire();
          throw new Error('boom');
        };
        story.push(yield* outcome(failing()));
        yield* use(lock, 'later', story);
      });
      expect(story).to.deep.equal(['Error: boom', 'later in', 'later out']);
    });

    it('R1: a guard may be disposed after a release by hand, and more than once: it then does nothing', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const guard = yield* lock.acquire();
          lock.release();
          guard[Symbol.dispose]();
          const second = yield* lock.acquire(); // by the same task: the old guard must not release this one
          guard[Symbol.dispose]();
          guard[Symbol.dispose]();
          tg.startSoon(use, lock, 'other', story);
          yield* checkpoint();
          story.push(`waiting: ${waiting(lock)}`);
          second[Symbol.dispose]();
          second[Symbol.dispose]();
          guard[Symbol.dispose]();
          story.push(`free: ${!(thrown(() => lock.acquireNowait()) instanceof WouldBlock)}`);
        }),
      );
      expect(story).to.deep.equal(['waiting: 1', 'free: false', 'other in', 'other out']);
    });

    it('R1: the guard of one task does not release what another one holds by now', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const guard = yield* lock.acquire();
          tg.startSoon(use, lock, 'other', story, 3);
          yield* checkpoint();
          lock.release();
          yield* checkpoint();
          guard[Symbol.dispose]();
          story.push(`free: ${!(thrown(() => lock.acquireNowait()) instanceof WouldBlock)}`);
        }),
      );
      expect(story).to.deep.equal(['other in', 'free: false', 'other out']);
    });

    it('V1: one acquire effect may be kept and yielded again, by many tasks', async () => {
      const lock = create();
      const story: string[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const acquire = lock.acquire();
          for (const name of ['a', 'b', 'c']) {
            tg.startSoon(function* () {
              using _ = yield* acquire;
              story.push(`${name} in`);
              yield* checkpoint();
              story.push(`${name} out`);
            });
          }
        }),
      );
      expect(story).to.deep.equal(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    });

    it('L5: a queue that nobody will ever serve is a deadlock, and no time-out', async () => {
      const lock = create();
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            tg.startSoon(function* owner() {
              using _ = yield* lock.acquire();
              yield* taskGroup(function* (inner) {
                inner.startSoon(function* (): Coroutine<void> {
                  yield* lock.acquire();
                });
              });
            });
          }),
        ),
      );
      expect(error).to.be.instanceOf(DeadlockError);
      expect(String(error)).to.match(/: (lock held by|semaphore \(|capacity limiter \()/);
    });

    it('a thousand waiters are served in order, with half of them cancelled', async () => {
      const lock = create();
      const served: number[] = [];
      await run(() =>
        taskGroup(function* (tg) {
          const first = yield* lock.acquire();
          const handles = Array.from({ length: 1000 }, (_, number) =>
            tg.startSoon(function* () {
              using _ = yield* lock.acquire();
              served.push(number);
            }),
          );
          yield* checkpoint();
          expect(waiting(lock)).to.equal(1000);
          handles.forEach((handle, number) => {
            if (number % 2 === 1) handle.cancel();
          });
          expect(waiting(lock)).to.equal(500);
          first[Symbol.dispose]();
        }),
      );
      expect(served).to.deep.equal(Array.from({ length: 500 }, (_, index) => index * 2));
    });
  });
}

/** What only a Lock has: an owner. The rest is in locks.spec.ts. */
import { expect } from 'chai';
import {
  BrokenResourceError,
  type Coroutine,
  checkpoint,
  currentTask,
  type Effect,
  ExceptionGroup,
  NoEventLoopError,
  taskGroup,
} from 'treadle';
import { AlreadyHeldError, NotHeldError } from '../../lib/sync/errors.js';
import { Lock } from '../../lib/sync/lock.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure, outcome } from '../support/outcome.js';
import { same } from '../support/types.js';

onEachBackend('Lock', (run, { it }) => {
  it('statistics tell who holds it and how many wait', function* () {
    const lock = new Lock();
    const story: unknown[] = [];
    yield* taskGroup(function* (tg) {
      story.push(lock.statistics());
      const guard = yield* lock.acquire();
      tg.startSoon(function* () {
        using _ = yield* lock.acquire();
      });
      yield* checkpoint();
      const { locked, owner, tasksWaiting } = lock.statistics();
      story.push([locked, owner?.id === currentTask().id, tasksWaiting]);
      guard[Symbol.dispose]();
      story.push(lock.statistics().owner?.parentId === currentTask().id);
    });
    story.push(lock.statistics());
    const free = { locked: false, owner: undefined, tasksWaiting: 0 };
    expect(story).to.deep.equal([free, [true, true, 1], true, free]);
  });

  it('its owner cannot acquire it again', async () => {
    const lock = new Lock();
    await run(function* careless() {
      using _ = yield* lock.acquire();
      const again = yield* failure(lock.acquire());
      expect(again).to.be.instanceOf(AlreadyHeldError);
      expect(String(again)).to.match(/^AlreadyHeldError: task careless \(#1\) .*holds already.*re-entrant/);
      expect(thrown(() => lock.acquireNowait())).to.be.instanceOf(AlreadyHeldError);
      expect(lock.statistics().locked).to.equal(true);
    });
    expect(lock.statistics().locked).to.equal(false);
  });

  it('only its owner can release it; the error names who holds it', async () => {
    const lock = new Lock();
    const errors: unknown[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        errors.push(thrown(() => lock.release()));
        const guard = yield* lock.acquire();
        const thief = tg.startSoon(function* thief() {
          errors.push(thrown(() => lock.release()));
          errors.push(thrown(() => guard[Symbol.dispose]()));
        });
        yield* thief.wait();
        expect(lock.statistics().locked).to.equal(true);
        lock.release();
      }),
    );
    for (const error of errors) expect(error).to.be.instanceOf(NotHeldError);
    expect(errors.map(String)).to.deep.equal([
      'NotHeldError: release() of a Lock by task task-1 (#1), which does not hold it: nobody does; acquire it first',
      'NotHeldError: release() of a Lock by task thief (#2), which does not hold it: task task-1 (#1) does',
      'NotHeldError: release() of a Lock by task thief (#2), which does not hold it: task task-1 (#1) does',
    ]);
  });

  it('R3: waiters of a lock whose owner has ended get a BrokenResourceError, each its own', function* () {
    const lock = new Lock();
    const story: string[] = [];
    const errors: unknown[] = [];
    function* waiter(name: string): Coroutine<void> {
      const error = yield* failure(lock.acquire());
      errors.push(error);
      story.push(`${name}: ${(error as Error).name}`);
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* forgetful(): Coroutine<void> {
        yield* lock.acquire();
        yield* checkpoint();
        yield* checkpoint();
        story.push('the owner ends');
      });
      yield* checkpoint();
      for (const name of ['a', 'b']) tg.startSoon(waiter, name);
    });
    expect(story).to.deep.equal(['the owner ends', 'a: BrokenResourceError', 'b: BrokenResourceError']);
    for (const error of errors) {
      expect(error).to.be.instanceOf(BrokenResourceError);
      expect(String(error)).to.match(/task forgetful \(#2\), which has ended without releasing it.*using/);
    }
    expect(errors[0]).not.to.equal(errors[1]);
    expect(lock.statistics()).to.deep.include({ locked: true, tasksWaiting: 0 });
  });

  it('R3: who comes later gets it too, whether he would wait or not', async () => {
    const lock = new Lock();
    await run(() => lock.acquire());
    await run(function* () {
      expect(yield* failure(lock.acquire())).to.be.instanceOf(BrokenResourceError);
      expect(thrown(() => lock.acquireNowait())).to.be.instanceOf(BrokenResourceError);
      expect(thrown(() => lock.release())).to.be.instanceOf(NotHeldError);
    });
  });

  it('R3: however the owner ends, also after the lock was handed over to it', async () => {
    const story: string[] = [];
    function* forget(lock: Lock, how: string): Coroutine<void> {
      yield* lock.acquire();
      if (how === 'fails') throw new Error('boom');
      if (how === 'is cancelled') yield* checkpoint();
    }
    for (const how of ['returns', 'fails', 'is cancelled']) {
      const lock = new Lock();
      const ended = run(() =>
        taskGroup(function* (tg) {
          const guard = yield* lock.acquire();
          const owner = tg.startSoon(forget, lock, how);
          yield* taskGroup(function* (inner) {
            for (const name of ['a', 'b']) {
              inner.startSoon(function* () {
                try {
                  yield* lock.acquire();
                } catch (error) {
                  story.push(`${how}: ${name} ${(error as Error).name}`);
                }
              });
            }
            yield* checkpoint();
            yield* checkpoint();
            guard[Symbol.dispose]();
            if (how === 'is cancelled') owner.cancel();
          });
        }),
      );
      if (how === 'fails') expect(await rejection(ended)).to.be.instanceOf(ExceptionGroup);
      else await ended;
    }
    expect(story).to.deep.equal(
      ['returns', 'fails', 'is cancelled'].flatMap((how) => [
        `${how}: a BrokenResourceError`,
        `${how}: b BrokenResourceError`,
      ]),
    );
  });

  it('R3: an owner that has released it may end; nobody watches it any more', function* () {
    const lock = new Lock();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const first = tg.startSoon(function* () {
        using _ = yield* lock.acquire();
        yield* checkpoint();
        yield* checkpoint();
      });
      tg.startSoon(function* () {
        yield* lock.acquire(); // queued, so the first is watched
        yield* first.wait();
        yield* checkpoint();
        story.push('still mine');
        lock.release();
      });
      tg.startSoon(function* () {
        story.push('queued');
        using _ = yield* lock.acquire();
        story.push('third');
      });
    });
    expect(story).to.deep.equal(['queued', 'still mine', 'third']);
  });

  it('R3: a waiter that was cancelled is not woken by the end of the owner', function* () {
    const lock = new Lock();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* (): Coroutine<void> {
        yield* lock.acquire();
        for (let turn = 0; turn < 3; turn++) yield* checkpoint();
      });
      yield* checkpoint();
      const waiter = tg.startSoon(function* () {
        story.push(yield* outcome(lock.acquire()));
      });
      yield* checkpoint();
      waiter.cancel();
    });
    expect(story).to.deep.equal(['Cancelled']);
  });
});

describe('Lock', () => {
  it('belongs to tasks: outside of any it can be neither taken nor released', () => {
    const lock = new Lock();
    expect(thrown(() => lock.acquireNowait())).to.be.instanceOf(NoEventLoopError);
    expect(thrown(() => lock.release())).to.be.instanceOf(NoEventLoopError);
    expect(lock.statistics().locked).to.equal(false);
  });

  it('types: acquire gives a Disposable', () => {
    const lock = new Lock();
    const acquire = lock.acquire();
    same<typeof acquire, Effect<Disposable>>();
    same<ReturnType<Lock['acquireNowait']>, Disposable>();
    expect(lock.statistics().tasksWaiting).to.equal(0);
  });
});

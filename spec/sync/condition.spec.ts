/** What a Condition has beyond the contract in locks.spec.ts: a queue of those who wait for a notification. */
import { expect } from 'chai';
import {
  BrokenResourceError,
  CancelScope,
  type Coroutine,
  checkpoint,
  DeadlockError,
  type Effect,
  moveOnAfter,
  NoEventLoopError,
  taskGroup,
} from 'treadle';
import { Condition } from '../../lib/sync/condition.js';
import { NotHeldError } from '../../lib/sync/errors.js';
import { Lock } from '../../lib/sync/lock.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure, outcome } from '../support/outcome.js';
import { same } from '../support/types.js';

onEachBackend('Condition', (run, { it }) => {
  function* waiter(condition: Condition, name: string, story: string[]): Coroutine<void> {
    using _ = yield* condition.acquire();
    story.push(`${name} waits`);
    yield* condition.wait();
    story.push(`${name} in`);
    yield* checkpoint();
    story.push(`${name} out`);
  }

  function* notifier(condition: Condition, how: (condition: Condition) => void): Coroutine<void> {
    using _ = yield* condition.acquire();
    how(condition);
  }

  it('notify wakes those who have waited longest, one after the other', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const tasks = ['a', 'b', 'c'].map((name) => tg.startSoon(waiter, condition, name, story));
      for (let turn = 0; turn < 5; turn++) yield* checkpoint();
      story.push(`${condition.statistics().tasksWaiting} wait`);
      yield* notifier(condition, () => condition.notify());
      yield* tasks[0]?.wait() as Effect<void>;
      yield* notifier(condition, () => condition.notify(5));
    });
    expect(story).to.deep.equal([
      ...['a waits', 'b waits', 'c waits', '3 wait'],
      ...['a in', 'a out', 'b in', 'b out', 'c in', 'c out'],
    ]);
  });

  it('notifyAll wakes all; each goes on when it gets the lock', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b']) tg.startSoon(waiter, condition, name, story);
      for (let turn = 0; turn < 5; turn++) yield* checkpoint();
      using _ = yield* condition.acquire();
      condition.notify(0);
      story.push(`${condition.statistics().tasksWaiting} wait`);
      condition.notifyAll();
      for (let turn = 0; turn < 5; turn++) yield* checkpoint();
      const { tasksWaiting, lockStatistics } = condition.statistics();
      story.push(`${tasksWaiting} wait, ${lockStatistics.tasksWaiting} for the lock`);
    });
    expect(story).to.deep.equal([
      ...['a waits', 'b waits', '2 wait', '0 wait, 2 for the lock'],
      ...['a in', 'a out', 'b in', 'b out'],
    ]);
  });

  it('a notification concerns only those who wait already', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* notifier(condition, () => condition.notifyAll());
      yield* moveOnAfter(2, () => waiter(condition, 'late', story));
      tg.startSoon(waiter, condition, 'next', story);
      for (let turn = 0; turn < 3; turn++) yield* checkpoint();
      yield* notifier(condition, () => condition.notify());
    });
    expect(story).to.deep.equal(['late waits', 'next waits', 'next in', 'next out']);
  });

  it('wait gives the lock to others meanwhile, and the guard from before releases it afterwards', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(waiter, condition, 'a', story);
      yield* checkpoint();
      yield* checkpoint();
      {
        using _ = condition.acquireNowait(); // free, for a waits
        condition.notify();
        story.push('notified');
      }
      yield* checkpoint();
      story.push(`free: ${!condition.statistics().lockStatistics.locked}`);
    });
    expect(story).to.deep.equal(['a waits', 'notified', 'a in', 'free: false', 'a out']);
    expect(condition.statistics().lockStatistics.locked).to.equal(false);
  });

  it('C3: when its wait is cancelled a task holds the lock again, though it has to queue for it', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const task = tg.startSoon(function* () {
        using _ = yield* condition.acquire();
        try {
          yield* condition.wait();
        } catch (error) {
          story.push(
            `${(error as Error).name}, mine: ${condition.statistics().lockStatistics.owner?.id === task.id}`,
          );
          throw error;
        }
      });
      yield* checkpoint();
      yield* checkpoint();
      const guard = yield* condition.acquire();
      task.cancel();
      for (let turn = 0; turn < 3; turn++) yield* checkpoint();
      story.push(`${condition.statistics().tasksWaiting} wait, the lock is handed over`);
      guard[Symbol.dispose]();
      yield* task.wait();
      story.push(task.status);
    });
    expect(story).to.deep.equal(['0 wait, the lock is handed over', 'Cancelled, mine: true', 'cancelled']);
    expect(condition.statistics().lockStatistics.locked).to.equal(false);
  });

  it('C3: a notification is never lost: who was notified first returns, and only then is cancelled', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const first = tg.startSoon(waiter, condition, 'first', story);
      const second = tg.startSoon(waiter, condition, 'second', story);
      for (let turn = 0; turn < 4; turn++) yield* checkpoint();
      yield* notifier(condition, () => {
        condition.notify();
        first.cancel(); // too late
      });
      yield* first.wait();
      story.push(first.status);
      yield* notifier(condition, () => condition.notify());
      yield* second;
    });
    expect(story).to.deep.equal([
      ...['first waits', 'second waits', 'first in', 'cancelled', 'second in', 'second out'],
    ]);
  });

  it('who was notified has its place in the queue of the lock: nobody who comes later barges in', function* () {
    const condition = new Condition();
    const story: string[] = [];
    function* locker(name: string): Coroutine<void> {
      using _ = yield* condition.acquire();
      story.push(name);
    }
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b']) tg.startSoon(waiter, condition, name, story);
      for (let turn = 0; turn < 4; turn++) yield* checkpoint();
      const guard = yield* condition.acquire();
      tg.startSoon(locker, 'earlier');
      yield* checkpoint();
      condition.notifyAll();
      story.push(`${condition.statistics().lockStatistics.tasksWaiting} for the lock`);
      tg.startSoon(locker, 'later');
      yield* checkpoint();
      guard[Symbol.dispose]();
    });
    expect(story).to.deep.equal([
      ...['a waits', 'b waits', '3 for the lock', 'earlier'],
      ...['a in', 'a out', 'b in', 'b out', 'later'],
    ]);
  });

  it('C3: a notified task that is cancelled in the queue of the lock keeps its place, and what it was told', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const [first] = ['first', 'second'].map((name) =>
        tg.startSoon(function* () {
          using _ = yield* condition.acquire();
          story.push(`${name}: ${yield* outcome(condition.wait())}, then ${yield* outcome(checkpoint())}`);
        }),
      );
      for (let turn = 0; turn < 4; turn++) yield* checkpoint();
      const guard = yield* condition.acquire();
      condition.notifyAll();
      first?.cancel();
      for (let turn = 0; turn < 3; turn++) yield* checkpoint();
      story.push(`${condition.statistics().lockStatistics.tasksWaiting} for the lock`);
      guard[Symbol.dispose]();
    });
    expect(story).to.deep.equal([
      '2 for the lock',
      'first: value undefined, then Cancelled',
      'second: value undefined, then value undefined',
    ]);
    expect(condition.statistics().lockStatistics.locked).to.equal(false);
  });

  it('C3: who was cancelled first is passed over by a notification', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const first = tg.startSoon(waiter, condition, 'first', story);
      tg.startSoon(waiter, condition, 'second', story);
      for (let turn = 0; turn < 4; turn++) yield* checkpoint();
      yield* notifier(condition, () => {
        first.cancel();
        condition.notify();
      });
    });
    expect(story).to.deep.equal(['first waits', 'second waits', 'second in', 'second out']);
  });

  it('wait in a cancelled scope throws at once and keeps the lock', function* () {
    const condition = new Condition();
    {
      using _ = yield* condition.acquire();
      const scope = new CancelScope();
      yield* scope.run(function* () {
        scope.cancel();
        expect(yield* outcome(condition.wait())).to.equal('Cancelled');
        expect(yield* outcome(condition.waitFor(() => true))).to.equal('Cancelled');
      });
      expect(condition.statistics().lockStatistics.locked).to.equal(true);
    }
  });

  it('waitFor asks its predicate with the lock held, and gives what it finds', function* () {
    const condition = new Condition();
    const items: string[] = [];
    const taken: string[] = [];
    let asked = 0;
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        using _ = yield* condition.acquire();
        const item = yield* condition.waitFor(() => {
          asked++;
          expect(condition.statistics().lockStatistics.locked).to.equal(true);
          return items.shift();
        });
        same<typeof item, string>();
        taken.push(item);
      });
      yield* checkpoint();
      yield* notifier(condition, () => condition.notify());
      for (let turn = 0; turn < 4; turn++) yield* checkpoint();
      yield* notifier(condition, () => {
        items.push('apple');
        condition.notify();
      });
    });
    expect([taken, asked]).to.deep.equal([['apple'], 3]);
  });

  it('C3: what the predicate of waitFor has taken is not lost to a cancellation', function* () {
    const condition = new Condition();
    const items = ['apple'];
    const taken: (string | undefined)[] = [];
    yield* taskGroup(function* (tg) {
      const taker = tg.startSoon(function* () {
        using _ = yield* condition.acquire();
        taken.push(yield* condition.waitFor(() => items.shift()));
      });
      yield* checkpoint();
      yield* checkpoint();
      taker.cancel(); // between the predicate and the task's next step
    });
    expect([items, taken]).to.deep.equal([[], ['apple']]);
  });

  it('waitFor is a checkpoint also when its predicate holds at first', function* () {
    const condition = new Condition();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      using _ = yield* condition.acquire();
      tg.startSoon(function* () {
        story.push('other');
      });
      story.push(yield* condition.waitFor(() => 'found'));
    });
    expect(story).to.deep.equal(['other', 'found']);
  });

  it('an error of the predicate passes through, with the lock held', function* () {
    const condition = new Condition();
    const boom = new Error('boom');
    {
      using _ = yield* condition.acquire();
      const error = yield* failure(
        condition.waitFor(() => {
          throw boom;
        }),
      );
      expect(error).to.equal(boom);
      expect(condition.statistics().lockStatistics.locked).to.equal(true);
    }
  });

  it('two conditions may share a lock', function* () {
    const lock = new Lock();
    const [full, empty] = [new Condition(lock), new Condition(lock)];
    const story: string[] = [];
    let slot: number | undefined;
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        for (let item = 1; item <= 3; item++) {
          using _ = yield* lock.acquire();
          yield* empty.waitFor(() => slot === undefined);
          slot = item;
          story.push(`put ${item}`);
          full.notify();
        }
      });
      tg.startSoon(function* () {
        for (let count = 0; count < 3; count++) {
          using _ = yield* lock.acquire();
          story.push(`took ${yield* full.waitFor(() => slot)}`);
          slot = undefined;
          empty.notify();
        }
      });
    });
    expect(story).to.deep.equal(['put 1', 'took 1', 'put 2', 'took 2', 'put 3', 'took 3']);
  });

  it('needs the lock for wait, waitFor, notify and notifyAll; the error names who holds it', async () => {
    const condition = new Condition();
    await run(() =>
      taskGroup(function* (tg) {
        for (const error of [
          yield* failure(condition.wait()),
          yield* failure(condition.waitFor(() => true)),
          thrown(() => condition.notify()),
          thrown(() => condition.notifyAll()),
          thrown(() => condition.release()),
        ]) {
          expect(error).to.be.instanceOf(NotHeldError);
          expect(String(error)).to.contain('acquire it first');
        }
        using _ = yield* condition.acquire();
        yield* tg.startSoon(function* other() {
          expect(String(thrown(() => condition.notify()))).to.equal(
            'NotHeldError: notify() of a Condition by task other (#2), which does not hold it: task task-1 (#1) does',
          );
        });
      }),
    );
  });

  it('R3: who waits, and whose lock is lost to a task that ended, gets a BrokenResourceError', function* () {
    const condition = new Condition();
    let error: unknown;
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        using _ = yield* condition.acquire();
        error = yield* failure(condition.wait());
      });
      yield* checkpoint();
      yield* checkpoint();
      tg.startSoon(function* (): Coroutine<void> {
        yield* condition.acquire();
        condition.notify();
      });
    });
    expect(error).to.be.instanceOf(BrokenResourceError);
  });

  it('L5: nobody left to notify is a deadlock; clean-up runs, with the lock held', async () => {
    const condition = new Condition();
    const story: string[] = [];
    const error = await rejection(
      run(function* () {
        using _ = yield* condition.acquire();
        try {
          yield* condition.wait();
        } finally {
          story.push(`locked: ${condition.statistics().lockStatistics.locked}`);
        }
      }),
    );
    expect(error).to.be.instanceOf(DeadlockError);
    expect(String(error)).to.contain('a notification of condition');
    expect(story).to.deep.equal(['locked: true']);
  });

  it('L5: and so is a notified task behind an owner that is stuck itself', async () => {
    const condition = new Condition();
    const other = new Condition();
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(waiter, condition, 'a', []);
          yield* checkpoint();
          yield* checkpoint();
          using _ = yield* condition.acquire();
          using __ = yield* other.acquire();
          condition.notify();
          yield* other.wait();
        }),
      ),
    );
    expect(error).to.be.instanceOf(DeadlockError);
  });
});

describe('Condition', () => {
  it('outside of tasks it can be neither notified nor taken', () => {
    const condition = new Condition();
    expect(thrown(() => condition.notify())).to.be.instanceOf(NoEventLoopError);
    expect(thrown(() => condition.notifyAll())).to.be.instanceOf(NoEventLoopError);
    expect(thrown(() => condition.acquireNowait())).to.be.instanceOf(NoEventLoopError);
  });
});

/** Everything that tasks queue up for: handed over, waited for, cancelled. */
import {
  CapacityLimiter,
  Condition,
  currentTask,
  type Effect,
  Event,
  Future,
  Lock,
  moveOnAfter,
  ResourceGuard,
  Semaphore,
  sleep,
  taskGroup,
} from 'treadle';
import { type Case, type Program, work } from './program.js';

interface Guard {
  acquire(): Effect<Disposable>;
  statistics(): object;
}

function guarded(make: () => Guard): Program {
  return function* (trial) {
    const guard = trial.watch('the guard', make());
    yield* taskGroup(function* (tg) {
      for (const ms of [3, 1, 2]) {
        tg.startSoon(function* user() {
          using _ = yield* guard.acquire();
          yield* work(trial, ms);
        });
      }
    });
  };
}

/** One that holds no lock-like but goes through `release()` by hand. */
const byHand: Program = function* (trial) {
  const lock = trial.watch('the lock', new Lock());
  yield* taskGroup(function* (tg) {
    for (const ms of [2, 1]) {
      tg.startSoon(function* user() {
        yield* lock.acquire();
        try {
          yield* work(trial, ms);
        } finally {
          lock.release();
        }
      });
    }
  });
};

/** Two borrowers, of whom one comes twice; the total grows while somebody waits, and shrinks again. */
const borrowed: Program = function* (trial) {
  const limiter = trial.watch('the limiter', new CapacityLimiter(1));
  yield* taskGroup(function* (tg) {
    for (const borrower of ['a', 'b', 'c']) {
      tg.startSoon(function* user() {
        using _ = yield* limiter.acquireOnBehalfOf(borrower);
        yield* work(trial, 3);
      });
    }
    yield* sleep(1);
    limiter.totalTokens = 2;
    yield* sleep(1);
    limiter.totalTokens = 1;
  });
};

/** A queue made of a lock and a condition: each item is taken once, or is still there. */
const conditional: Program = function* (trial) {
  const condition = trial.watch('the condition', new Condition(trial.watch('the lock', new Lock())));
  const items: number[] = [];
  const taken: number[] = [];
  let put = 0;
  trial.check(() => {
    if (taken.length + items.length !== put) throw new Error(`of ${put} items ${taken.length} were taken`);
  });
  yield* taskGroup(function* (tg) {
    for (let count = 0; count < 2; count++) {
      tg.startSoon(function* taker() {
        using _ = yield* condition.acquire();
        taken.push(yield* condition.waitFor(() => items.shift()));
      });
    }
    tg.startSoon(function* watcher() {
      using _ = yield* condition.acquire();
      yield* moveOnAfter(2, () => condition.wait());
      const { owner } = condition.statistics().lockStatistics;
      if (owner?.id !== currentTask().id) throw new Error('back from wait() without the lock');
    });
    for (const how of ['notify', 'notifyAll'] as const) {
      yield* sleep(1);
      using _ = yield* condition.acquire();
      items.push(++put);
      condition[how]();
      yield* sleep(1);
    }
  });
};

const future: Program = function* () {
  const future = new Future<number>();
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* joiner() {
      return yield* future;
    });
    tg.startSoon(() => future.wait());
    yield* sleep(1);
    future.setResult(5);
  });
};

const event: Program = function* (trial) {
  const event = trial.watch('the event', new Event());
  yield* taskGroup(function* (tg) {
    tg.startSoon(() => event.wait());
    tg.startSoon(() => event.wait());
    yield* sleep(1);
    event.set();
  });
};

const resource: Program = function* (trial) {
  const guard = new ResourceGuard();
  trial.check(() => guard.enter()[Symbol.dispose]());
  yield* taskGroup(function* (tg) {
    for (const ms of [1, 3]) {
      tg.startSoon(function* user() {
        yield* sleep(ms);
        using _ = guard.enter();
        yield* work(trial, 1);
      });
    }
  });
};

export const SYNC: readonly Case[] = [
  { name: 'Lock', covers: ['Lock.acquire'], program: guarded(() => new Lock()), byTask: true },
  { name: 'Lock, by hand', covers: ['Lock.release'], program: byHand, byTask: true },
  {
    name: 'Semaphore',
    covers: ['Semaphore.acquire'],
    program: guarded(() => new Semaphore(2)),
    byTask: true,
  },
  {
    name: 'Semaphore with a maximum',
    covers: ['Semaphore.acquire'],
    program: guarded(() => new Semaphore(1, { max: 1 })),
    byTask: true,
  },
  {
    name: 'CapacityLimiter',
    covers: ['CapacityLimiter.acquire'],
    program: guarded(() => new CapacityLimiter(1)),
    byTask: true,
  },
  {
    name: 'CapacityLimiter, on behalf of others',
    covers: ['CapacityLimiter.acquireOnBehalfOf'],
    program: borrowed,
    byTask: true,
  },
  {
    name: 'Condition',
    covers: ['Condition.acquire', 'Condition.wait', 'Condition.waitFor'],
    program: conditional,
    byTask: true,
  },
  { name: 'Event', covers: ['Event.wait'], program: event, byTask: true },
  { name: 'Future', covers: ['Future.wait', 'Future'], program: future, byTask: true },
  { name: 'ResourceGuard', covers: ['ResourceGuard'], program: resource, byTask: true },
];

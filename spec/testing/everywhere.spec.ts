/**
 * Every primitive and helper, cancelled at every place: it ends, it lets go of what it held, it loses nothing and
 * leaves nothing behind. One program each, in which the thing has to wait, is handed over and is left in good order.
 */
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type Coroutine, checkpoint, type Effect, type Operation, sleep, taskGroup, until } from 'treadle';
import { cancelEverywhere, type Trial } from 'treadle/testing';
import { all } from '../../lib/concurrency/all.js';
import { allSettled } from '../../lib/concurrency/all-settled.js';
import { any } from '../../lib/concurrency/any.js';
import { asCompleted } from '../../lib/concurrency/as-completed.js';
import { attempt } from '../../lib/concurrency/attempt.js';
import { gather } from '../../lib/concurrency/gather.js';
import { map } from '../../lib/concurrency/map.js';
import { race } from '../../lib/concurrency/race.js';
import { retry } from '../../lib/concurrency/retry.js';
import { events } from '../../lib/interop/events.js';
import { once } from '../../lib/interop/once.js';
import { withPortal } from '../../lib/interop/portal.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { CapacityLimiter } from '../../lib/sync/capacity-limiter.js';
import { Condition } from '../../lib/sync/condition.js';
import { Event } from '../../lib/sync/event.js';
import { Future } from '../../lib/sync/future.js';
import { Lock } from '../../lib/sync/lock.js';
import { Semaphore } from '../../lib/sync/semaphore.js';

type Program = (trial: Trial) => Operation<unknown>;

/** Opens something, works, and closes it whatever comes. */
function* work(trial: Trial, ms: number): Coroutine<number> {
  const close = trial.opened(`work of ${ms} ms`);
  try {
    yield* sleep(ms);
    return ms;
  } finally {
    close();
  }
}

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

function piped(size: number): Program {
  return function* (trial) {
    const [send, receive] = createMemoryObjectStream<number>(size);
    trial.watch('the stream', receive.clone());
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* sender() {
        using _ = send;
        for (const item of [1, 2, 3]) {
          yield* send.send(item);
          trial.sent(item);
          yield* sleep(item === 2 ? 3 : 0);
        }
      });
      tg.startSoon(function* receiver() {
        using _ = receive;
        for (;;) {
          const item = yield* receive.next();
          if (item.done === true) return;
          trial.received(item.value);
          yield* sleep(1);
        }
      });
    });
  };
}

const fails = function* (trial: Trial): Coroutine<never> {
  yield* work(trial, 2);
  throw new RangeError('an attempt that fails');
};

/** Safe to cancel as a whole, and one task at a time. */
const BY_TASK: readonly [name: string, program: Program][] = [
  ['Lock', guarded(() => new Lock())],
  ['Semaphore', guarded(() => new Semaphore(2))],
  ['CapacityLimiter', guarded(() => new CapacityLimiter(1))],
  ['an unbounded stream', piped(Infinity)],
];

/** Safe to cancel as a whole: who waits for a task that was cancelled alone is told so, and fails. */
const AS_A_WHOLE: readonly [name: string, program: Program][] = [
  ['a rendezvous stream', piped(0)],
  ['a stream with a buffer of 1', piped(1)],
  [
    'Event',
    function* (trial) {
      const event = trial.watch('the event', new Event());
      yield* taskGroup(function* (tg) {
        tg.startSoon(() => event.wait());
        tg.startSoon(() => event.wait());
        yield* sleep(1);
        event.set();
      });
    },
  ],
  [
    'Future',
    function* () {
      const future = new Future<number>();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          return yield* future;
        });
        yield* sleep(1);
        future.setResult(5);
      });
    },
  ],
  [
    'Condition',
    function* (trial) {
      const lock = trial.watch('the lock', new Lock());
      const condition = trial.watch('the condition', new Condition(lock));
      let ready = false;
      yield* taskGroup(function* (tg) {
        for (let count = 0; count < 2; count++) {
          tg.startSoon(function* waiter() {
            using _ = yield* condition.acquire();
            yield* condition.waitFor(() => ready);
          });
        }
        yield* sleep(1);
        using _ = yield* condition.acquire();
        ready = true;
        condition.notifyAll();
        yield* sleep(1);
      });
    },
  ],
  ['all', (trial) => all([work(trial, 1), work(trial, 2)])],
  ['allSettled', (trial) => allSettled([work(trial, 1), fails(trial)])],
  ['race', (trial) => race([work(trial, 1), work(trial, 2)])],
  ['any', (trial) => any([fails(trial), work(trial, 3)])],
  ['gather', (trial) => gather(work(trial, 1), work(trial, 2))],
  ['map', (trial) => map([1, 2, 3], (ms) => work(trial, ms), { limit: 2 })],
  ['attempt', (trial) => attempt(fails(trial))],
  [
    'asCompleted',
    (trial) =>
      asCompleted([work(trial, 2), work(trial, 1)], (handles) =>
        handles.forEach(function* (handle) {
          yield* handle;
        }),
      ),
  ],
  [
    'retry',
    (trial) => retry((attempt) => (attempt < 3 ? fails(trial) : work(trial, 1)), { attempts: 3, delay: 1 }),
  ],
  [
    'once',
    function* () {
      const emitter = new EventEmitter();
      yield* taskGroup(function* (tg) {
        tg.startSoon(() => once(emitter, 'ready'));
        yield* sleep(0);
        yield* until(Promise.resolve());
        emitter.emit('ready');
      });
    },
  ],
  [
    'events',
    function* () {
      const emitter = new EventEmitter();
      using stream = yield* events<[number]>(emitter, 'tick');
      emitter.emit('tick', 1);
      emitter.emit('tick', 2);
      yield* stream.receive();
      yield* stream.receive();
    },
  ],
  [
    'withPortal',
    (trial) =>
      withPortal(function* (portal) {
        // No sleep: while the body waits for a promise the virtual clock stands.
        const job = portal.call(function* () {
          const close = trial.opened('the job');
          try {
            for (let round = 0; round < 3; round++) yield* checkpoint();
          } finally {
            close();
          }
        });
        job.catch(() => {});
        yield* until(job);
      }),
  ],
  [
    'until with a signal',
    function* (trial) {
      yield* until(
        (signal) =>
          new Promise<void>((resolve, reject) => {
            const close = trial.opened('the request');
            const timer = setTimeout(() => settle(resolve), 2);
            const abort = () => settle(() => reject(signal.reason));
            const settle = (how: () => void) => {
              clearTimeout(timer);
              signal.removeEventListener('abort', abort);
              close();
              how();
            };
            signal.addEventListener('abort', abort);
          }),
      );
    },
  ],
];

describe('cancelled everywhere', () => {
  for (const [name, program] of [...BY_TASK, ...AS_A_WHOLE]) {
    it(`${name}, as a whole`, async () => {
      // An attempt that has failed by itself when the cancel comes is no cancellation: its error goes out (C12).
      const isExpected = (error: unknown) => name === 'retry' && error instanceof RangeError;
      const { places } = await cancelEverywhere(program, { isExpected });
      expect(places.length).to.be.greaterThan(2);
    });
  }

  for (const [name, program] of BY_TASK) {
    it(`${name}, one task at a time`, async () => {
      const { places } = await cancelEverywhere(program, { target: 'task' });
      expect(places.length).to.be.greaterThan(10);
    });
  }
});

/** The helpers over several operations, and what outlives an error: their tasks have ended when they return. */
import {
  all,
  allSettled,
  any,
  asCompleted,
  attempt,
  createMemoryObjectStream,
  defer,
  deferring,
  Event,
  every,
  gather,
  map,
  moveOnAfter,
  type Operation,
  race,
  retry,
  Semaphore,
  type SuperviseOptions,
  sleep,
  sleepForever,
  stopRequested,
  supervise,
  taskGroup,
  use,
} from 'treadle';
import type { Trial } from 'treadle/testing';
import { type Case, fails, type Program, work } from './program.js';

const completed: Program = (trial) =>
  asCompleted([work(trial, 2), work(trial, 1)], (handles) =>
    handles.forEach(function* (handle) {
      yield* handle;
    }),
  );

/** One that ends, one that fails twice and then ends, one that fails for good. */
function supervised(onError: SuperviseOptions['onError'], maxRestarts: number): Program {
  return function* (trial) {
    let runs = 0;
    yield* supervise(
      function* (supervisor) {
        supervisor.startSoon(work, trial, 3);
        const failing = supervisor.startSoon(function* () {
          if (++runs < 3) yield* fails(trial);
          return yield* work(trial, 1);
        });
        yield* failing.wait();
        supervisor.startSoon(function* () {
          yield* stopRequested();
        });
        yield* sleep(1);
        supervisor.cancelScope.requestStop({ graceMs: 3 });
        yield* work(trial, 1);
      },
      { onError, maxRestarts, delay: 1, onFailure: () => {} },
    );
  };
}

/** What was acquired is let go, the last first; no clean-up is cut short, nor left out. */
const deferred: Program = function* (trial) {
  const open: string[] = [];
  trial.check(() => {
    if (open.length > 0) throw new Error(`left open: ${open}`);
  });
  function cleanUp(name: string) {
    open.push(name);
    return function* () {
      yield* sleep(1);
      if (open.pop() !== name) throw new Error(`${name} was cleaned up out of its turn`);
    };
  }
  yield* deferring(function* (push) {
    push(cleanUp('a'));
    yield* work(trial, 1);
    defer(cleanUp('b'));
    yield* use(
      (function* () {
        yield* sleep(1);
        return cleanUp('the resource');
      })(),
      function* () {
        defer(cleanUp('c'));
        yield* work(trial, 1);
      },
      (release) => release(),
    );
    yield* work(trial, 1);
  });
};

const regular: Program = (trial) => moveOnAfter(7, () => every(2, () => work(trial, 1)));

/** Each source of items that map takes. */
const mapped: Program = function* (trial) {
  yield* map([1, 2, 3], (ms) => work(trial, ms), { limit: 2 });
  const [send, receive] = createMemoryObjectStream<number>(1);
  trial.watch('the stream', receive);
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* source() {
      using _ = send;
      for (const ms of [2, 1]) yield* send.send(ms);
    });
    using _ = receive;
    yield* map(receive, (ms) => work(trial, ms), { limit: 1 });
  });
};

/** An iterator that is told to stop at once, though the item that it was asked for has not come. */
function numbers(trial: Trial): AsyncIterable<number> {
  return {
    [Symbol.asyncIterator]() {
      const close = trial.opened('the iterator');
      let item = 0;
      return {
        async next() {
          if (item < 2) return { done: false, value: item++ };
          close();
          return { done: true, value: undefined };
        },
        async return() {
          close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

const mappedAsync: Program = (trial) => map(numbers(trial), () => work(trial, 0), { limit: 1 });

/** Two branches complete in the same turn: what the loser got is given back, and so is what nobody takes in the end. */
function contended(helper: (operations: Operation<unknown>[]) => Operation<unknown>): Program {
  return function* (trial) {
    const semaphore = trial.watch('the semaphore', new Semaphore(1));
    const stop = new Event();
    function* compete(operations: Operation<unknown>[]) {
      using _ = (yield* helper(operations)) as Disposable | undefined;
      yield* sleep(1);
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* holder() {
        using _ = yield* semaphore.acquire();
        yield* sleep(2);
        stop.set();
      });
      yield* sleep(1);
      tg.startSoon(compete, [stop.wait(), semaphore.acquire()]);
      tg.startSoon(compete, [semaphore.acquire(), stop.wait()]);
      tg.startSoon(compete, [semaphore.acquire(), sleepForever()]);
    });
  };
}

/** Nobody takes the item that a loser gives; so a branch that receives handles it itself. */
const racedReceive: Program = function* (trial) {
  const [send, receive] = createMemoryObjectStream<number>(1);
  trial.watch('the stream', receive);
  const stop = new Event();
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* sender() {
      yield* sleep(1);
      stop.set();
      send.sendNowait(1);
      trial.sent(1);
    });
    const handling = function* () {
      trial.received(yield* receive.receive());
    };
    yield* race([stop.wait(), handling()]);
  });
};

export const HELPERS: readonly Case[] = [
  { name: 'all', covers: ['all'], program: (trial) => all([work(trial, 1), work(trial, 2)]) },
  {
    name: 'allSettled',
    covers: ['allSettled'],
    program: (trial) => allSettled([work(trial, 1), fails(trial)]),
  },
  { name: 'race', covers: ['race'], program: (trial) => race([work(trial, 1), work(trial, 2)]) },
  { name: 'race of an event and a permit', covers: ['race'], program: contended(race) },
  { name: 'race of receivers that handle what they get', covers: ['race'], program: racedReceive },
  { name: 'any of an event and a permit', covers: ['any'], program: contended(any) },
  { name: 'any', covers: ['any'], program: (trial) => any([fails(trial), work(trial, 3)]) },
  { name: 'gather', covers: ['gather'], program: (trial) => gather(work(trial, 1), work(trial, 2)) },
  { name: 'map', covers: ['map'], program: mapped },
  { name: 'map over an async iterable', covers: ['map'], program: mappedAsync },
  { name: 'attempt', covers: ['attempt'], program: (trial) => attempt(fails(trial)) },
  { name: 'asCompleted', covers: ['asCompleted'], program: completed },
  {
    name: 'retry',
    covers: ['retry'],
    program: (trial) =>
      retry((attempt) => (attempt < 3 ? fails(trial) : work(trial, 1)), { attempts: 3, delay: 1 }),
    // An attempt that has failed by itself when the cancel comes is no cancellation: its error goes out (C12).
    isExpected: (error) => error instanceof RangeError,
  },
  { name: 'every', covers: ['every'], program: regular },
  { name: 'supervise, isolating', covers: ['supervise'], program: supervised('isolate', 0), byTask: true },
  { name: 'supervise, restarting', covers: ['supervise'], program: supervised('restart', 3) },
  { name: 'deferring and use', covers: ['deferring', 'defer', 'use'], program: deferred },
];

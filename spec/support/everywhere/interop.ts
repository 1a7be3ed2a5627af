/** Promises, events, iterables and portals: nothing is left running or listening, nothing that came is lost. */
import { EventEmitter } from 'node:events';
import {
  type Coroutine,
  checkpoint,
  createMemoryObjectStream,
  events,
  fromAsyncIterable,
  moveOnAfter,
  once,
  type Portal,
  shield,
  sleep,
  type TaskStatus,
  taskGroup,
  until,
  withPortal,
} from 'treadle';
import type { Trial } from 'treadle/testing';
import { type Case, type Program, work } from './program.js';

/** A turn of the host, by a promise. */
const hostTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

const untilSettled: Program = function* (trial) {
  yield* until(
    (signal) =>
      new Promise<void>((resolve, reject) => {
        const close = trial.opened('the request');
        const immediate = setImmediate(() => settle(resolve));
        const abort = () => settle(() => reject(signal.reason));
        const settle = (how: () => void) => {
          clearImmediate(immediate);
          signal.removeEventListener('abort', abort);
          close();
          how();
        };
        signal.addEventListener('abort', abort);
      }),
  );
};

const onceEmitted: Program = function* () {
  const emitter = new EventEmitter();
  const target = new EventTarget();
  yield* taskGroup(function* (tg) {
    tg.startSoon(() => once(emitter, 'ready'));
    tg.startSoon(() => once(target, 'ready'));
    yield* checkpoint();
    yield* until(Promise.resolve());
    emitter.emit('ready');
    target.dispatchEvent(new Event('ready'));
  });
};

/** What has come and was not received is dropped with the stream; what was received came in order. */
const listened: Program = function* (trial) {
  const emitter = new EventEmitter();
  const seen: number[] = [];
  trial.check(() => {
    if (emitter.listenerCount('tick') > 0) throw new Error('still listening');
    if (seen.some((tick, at) => tick !== at)) throw new Error(`an event was lost: ${seen}`);
  });
  using stream = yield* events<[number]>(emitter, 'tick');
  emitter.emit('tick', 0);
  emitter.emit('tick', 1);
  for (let tick = 2; tick < 5; tick++) {
    yield* moveOnAfter(0, function* () {
      const [number] = yield* stream.receive();
      seen.push(number);
    });
    emitter.emit('tick', tick);
  }
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* rest() {
      while (seen.length < 5) {
        const { value } = yield* stream.next();
        seen.push(value?.[0] as number);
      }
    });
    yield* checkpoint();
  });
};

/** An item that was asked for goes to the next who receives; the generator's clean-up runs, if later than the close. */
const iterated: Program = function* (trial) {
  const seen: number[] = [];
  trial.check(() => {
    if (seen.some((item, at) => item !== at)) throw new Error(`an item was lost: ${seen}`);
  });
  let ended = Promise.resolve();
  async function* numbers(): AsyncGenerator<number> {
    const opened = trial.opened('the generator');
    let close = opened;
    ended = new Promise((resolve) => {
      close = () => resolve(opened());
    });
    try {
      for (let item = 0; item < 3; item++) {
        await hostTurn();
        yield item;
      }
    } finally {
      await Promise.resolve();
      close();
    }
  }
  const stream = fromAsyncIterable(numbers());
  try {
    yield* taskGroup(function* (tg) {
      const early = tg.startSoon(function* () {
        seen.push(yield* stream.receive());
      });
      yield* checkpoint();
      yield* checkpoint();
      early.cancel();
    });
    yield* stream.forEach(function* (item) {
      seen.push(item);
      yield* checkpoint();
    });
  } finally {
    yield* stream.close();
    yield* shield(() => until(ended)); // the stream does not wait for it while an item is under way
  }
};

function* job(trial: Trial): Coroutine<string> {
  const close = trial.opened('the job');
  try {
    for (let round = 0; round < 2; round++) yield* checkpoint();
    return 'done';
  } finally {
    close();
  }
}

function* service(trial: Trial, status: TaskStatus<void>): Coroutine<void> {
  yield* work(trial, 1);
  status.started();
  yield* work(trial, 1);
}

const called: Program = (trial) =>
  withPortal(function* (portal) {
    const promise = portal.call(job, trial);
    promise.catch(() => {});
    yield* until(promise);
    const handle = yield* until(portal.startTask(service, [trial]));
    yield* handle.wait();
    const cancelled = portal.call(job, trial);
    cancelled.catch(() => {});
    yield* checkpoint();
    cancelled.cancel();
  });

const calledBack: Program = (trial) =>
  withPortal(function* (portal) {
    async function client(signal: AbortSignal): Promise<string> {
      const call = portal.call(work, trial, 5);
      const abort = () => call.cancel(signal.reason);
      signal.addEventListener('abort', abort);
      try {
        await call;
        return await portal.call(job, trial);
      } finally {
        signal.removeEventListener('abort', abort);
      }
    }
    yield* portal.until(client);
  });

/** An async loop over a stream, left early: no item that was pulled is lost. */
function pulled(leaveAfter: number): Program {
  return function* (trial) {
    const [send, receive] = createMemoryObjectStream<number>(2);
    trial.watch('the stream', receive);
    async function consume(portal: Portal): Promise<void> {
      let count = 0;
      for await (const item of portal.toAsyncIterable(receive)) {
        trial.received(item);
        if (++count === leaveAfter) break;
      }
    }
    yield* withPortal(function* (portal) {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* source() {
          using _ = send;
          for (const item of [1, 2, 3]) {
            send.sendNowait(item);
            trial.sent(item);
            yield* sleep(1);
            if (item === 2) yield* checkpoint();
          }
        });
        yield* portal.until(() => consume(portal));
      });
    });
  };
}

/** An iterator that is left while it waits for an item: the item that comes later is for others. */
const leftWaiting: Program = function* (trial) {
  const [send, receive] = createMemoryObjectStream<number>(1);
  trial.watch('the stream', receive);
  yield* withPortal(function* (portal) {
    const items = portal.toAsyncIterable(receive)[Symbol.asyncIterator]();
    async function consume(): Promise<void> {
      const next = items.next();
      await Promise.resolve();
      await items.return?.();
      if ((await next).done !== true) throw new Error('an item from nowhere');
    }
    yield* portal.until(() => consume());
    yield* send.send(1);
    trial.sent(1);
  });
};

export const INTEROP: readonly Case[] = [
  {
    name: 'until a promise',
    covers: ['until'],
    program: function* () {
      yield* until(hostTurn());
      yield* until(Promise.resolve());
    },
    leaks: { timers: false }, // the promise goes its own way: so it is with this form
  },
  { name: 'until, with a signal', covers: ['until'], program: untilSettled },
  { name: 'once', covers: ['once'], program: onceEmitted },
  { name: 'events', covers: ['events'], program: listened },
  { name: 'fromAsyncIterable', covers: ['fromAsyncIterable'], program: iterated },
  { name: 'a portal', covers: ['withPortal', 'Portal.call', 'Portal.startTask'], program: called },
  { name: 'a portal that is called by what is waited for', covers: ['Portal.until'], program: calledBack },
  {
    name: 'a stream that async code leaves while it waits',
    covers: ['Portal.toAsyncIterable'],
    program: leftWaiting,
  },
  { name: 'a stream that async code pulls', covers: ['Portal.toAsyncIterable'], program: pulled(3) },
  {
    name: 'a stream that async code pulls and leaves',
    covers: ['Portal.toAsyncIterable'],
    program: pulled(2),
  },
];

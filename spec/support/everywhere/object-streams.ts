/** Memory object streams, and what handles their items: an item is received once, or still there. */
import {
  BrokenResourceError,
  createMemoryObjectStream,
  DeadlockError,
  debounce,
  EndOfStream,
  ExceptionGroup,
  type MemoryObjectReceiveStream,
  type Operation,
  StapledObjectStream,
  sleep,
  takeLatest,
  takeLeading,
  taskGroup,
  throttle,
} from 'treadle';
import type { Trial } from 'treadle/testing';
import { type Case, type Program, work } from './program.js';

/**
 * Cancelled alone, an end closes, and its partner is told, or, where the watch holds a clone open that nobody uses,
 * is stuck: but then everything is in its place.
 */
const partnerGone = (error: unknown) =>
  error instanceof DeadlockError ||
  (error instanceof ExceptionGroup &&
    error.leaves().every((leaf) => leaf instanceof BrokenResourceError || leaf instanceof EndOfStream));

type Receive = (receive: MemoryObjectReceiveStream<number>, trial: Trial) => Operation<unknown>;

const byNext: Receive = function* (receive, trial) {
  for (;;) {
    const item = yield* receive.next();
    if (item.done === true) return;
    trial.received(item.value);
    yield* sleep(1);
  }
};

const byReceive: Receive = function* (receive, trial) {
  for (let count = 0; count < 3; count++) {
    trial.received(yield* receive.receive());
    yield* sleep(1);
  }
};

const byForEach: Receive = (receive, trial) =>
  receive.forEach(function* (item) {
    trial.received(item);
    yield* sleep(1);
  });

function piped(size: number, consume: Receive): Program {
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
        yield* consume(receive, trial);
      });
    });
  };
}

/** Two of each, on clones. */
const cloned: Program = function* (trial) {
  const [send, receive] = createMemoryObjectStream<number>(0);
  trial.watch('the stream', receive.clone());
  yield* taskGroup(function* (tg) {
    for (const first of [10, 20]) {
      tg.startSoon(function* sender(end) {
        using _ = end;
        for (const item of [first, first + 1]) {
          yield* end.send(item);
          trial.sent(item);
        }
      }, send.clone());
      tg.startSoon(function* receiver(end) {
        using _ = end;
        yield* byNext(end, trial);
      }, receive.clone());
    }
    send.close();
    receive.close();
  });
};

/** There and back again: what comes back has arrived. */
const stapled: Program = function* (trial) {
  const [there, thereOut] = createMemoryObjectStream<number>(1);
  const [back, backOut] = createMemoryObjectStream<number>(1);
  trial.watch('the way there', thereOut.clone());
  trial.watch('the way back', backOut.clone());
  const client = new StapledObjectStream(there, backOut);
  const server = new StapledObjectStream(back, thereOut);
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* echo() {
      try {
        yield* server.forEach(function* (item) {
          trial.received(item);
          yield* server.send(-item);
          trial.sent(-item);
        });
      } finally {
        yield* server.close();
      }
    });
    try {
      for (const item of [1, 2, 3]) {
        yield* client.send(item);
        trial.sent(item);
        if (item === 1) trial.received(yield* client.receive());
      }
      yield* client.sendEof();
      for (;;) {
        const item = yield* client.next();
        if (item.done === true) break;
        trial.received(item.value);
      }
    } finally {
      yield* client.close();
    }
  });
};

type Handling = (
  stream: MemoryObjectReceiveStream<number>,
  handle: (ms: number) => Operation<unknown>,
) => Operation<unknown>;

/** Items of 4 ms of work each, some too fast for it. */
function handled(by: Handling): Program {
  return function* (trial) {
    const [send, receive] = createMemoryObjectStream<number>(1);
    trial.watch('the stream', receive);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* source() {
        using _ = send;
        for (const ms of [1, 2, 7, 1]) {
          yield* send.send(ms);
          yield* sleep(ms);
        }
      });
      tg.startSoon(function* sink() {
        using _ = receive;
        yield* by(receive, () => work(trial, 4));
      });
    });
  };
}

const SEND = 'MemoryObjectSendStream.send';

export const OBJECT_STREAMS: readonly Case[] = [
  {
    name: 'an unbounded stream',
    covers: ['createMemoryObjectStream', SEND, 'MemoryObjectReceiveStream.next'],
    program: piped(Infinity, byNext),
    byTask: true,
  },
  {
    name: 'a rendezvous stream',
    covers: [SEND, 'MemoryObjectReceiveStream.next'],
    program: piped(0, byNext),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'a stream with a buffer of 1',
    covers: [SEND, 'MemoryObjectReceiveStream.receive'],
    program: piped(1, byReceive),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'a stream that is read by forEach',
    covers: [SEND, 'MemoryObjectReceiveStream.forEach'],
    program: piped(1, byForEach),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'clones of both ends',
    covers: ['MemoryObjectSendStream.clone', 'MemoryObjectReceiveStream.clone'],
    program: cloned,
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'StapledObjectStream',
    covers: ['send', 'receive', 'next', 'forEach', 'sendEof', 'close'].map((n) => `StapledObjectStream.${n}`),
    program: stapled,
    isExpected: partnerGone,
  },
  {
    name: 'takeLatest',
    covers: ['takeLatest'],
    program: handled(takeLatest),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'takeLeading',
    covers: ['takeLeading'],
    program: handled(takeLeading),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'debounce',
    covers: ['debounce'],
    program: handled((stream, fn) => debounce(stream, 2, fn)),
    byTask: true,
    isExpected: partnerGone,
  },
  {
    name: 'throttle',
    covers: ['throttle'],
    program: handled((stream, fn) => throttle(stream, 3, fn)),
    byTask: true,
    isExpected: partnerGone,
  },
];

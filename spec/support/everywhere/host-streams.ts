/**
 * Streams of Node and of the web platform, both ways. Cancelled, they are destroyed or aborted, and nothing of the
 * host's is left open; what was received until then came whole and in order.
 */
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  BrokenResourceError,
  type ByteSendStream,
  ClosedResourceError,
  type Coroutine,
  createMemoryObjectStream,
  ExceptionGroup,
  fromNodeDuplex,
  fromNodeReadable,
  fromNodeWritable,
  fromWebReadable,
  fromWebWritable,
  type HostStreamOptions,
  moveOnAfter,
  type Operation,
  taskGroup,
  toNodeReadable,
  toNodeWritable,
  toWebReadable,
  toWebWritable,
} from 'treadle';
import type { Trial } from 'treadle/testing';
import { chunks, text } from './byte-streams.js';
import { type Case, expectEqual, type Program } from './program.js';

const PIECES = chunks(7);
const ALL = text(PIECES);

/** Notes what was received, and checks that it is the beginning of what was sent. */
function receiver(trial: Trial): (piece: Uint8Array) => void {
  const got: Uint8Array[] = [];
  trial.check(() => expectEqual(text(got), ALL.slice(0, text(got).length), 'what was received'));
  return (piece) => got.push(piece);
}

function* sendAll(stream: ByteSendStream): Coroutine<void> {
  try {
    for (const piece of PIECES) yield* stream.send(piece);
  } finally {
    yield* stream.close();
  }
}

/** Through a stream of Node, from task to task. */
function throughNode(options: HostStreamOptions): Program {
  return function* (trial) {
    const middle = new PassThrough({ highWaterMark: 8 });
    const keep = receiver(trial);
    trial.check(() => expectEqual(middle.destroyed, true, 'destroyed'));
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* writer() {
        using stream = fromNodeWritable(middle, options);
        yield* sendAll(stream);
      });
      using stream = fromNodeReadable(middle, options);
      yield* stream.forEach(function* (piece) {
        keep(piece);
      });
    });
  };
}

const throughDuplex: Program = function* (trial) {
  const middle = new PassThrough({ highWaterMark: 8 });
  const keep = receiver(trial);
  trial.check(() => expectEqual(middle.destroyed, true, 'destroyed'));
  using stream = fromNodeDuplex(middle);
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* writer() {
      for (const piece of PIECES) yield* stream.send(piece);
      yield* stream.sendEof();
    });
    try {
      for (;;) {
        const piece = yield* stream.next();
        if (piece.done === true) break;
        keep(piece.value);
      }
    } finally {
      yield* stream.close();
    }
  });
};

/** A receive that is given up takes nothing, where the stream is kept. */
const kept: Program = function* (trial) {
  const middle = new PassThrough({ highWaterMark: 8 });
  const keep = receiver(trial);
  using stream = fromNodeReadable(middle, { onCancel: 'keep' });
  for (const piece of PIECES) {
    const early = yield* moveOnAfter(0, () => stream.receive());
    if (early !== undefined) keep(early);
    middle.write(piece);
  }
  middle.end();
  yield* stream.forEach(function* (piece) {
    keep(piece);
  });
};

/** To one that takes its time: closing waits for it, and destroys it when that is cut short. */
const slowly: Program = function* (trial) {
  const close = trial.opened('the Node stream');
  const keep = receiver(trial);
  const slow = new Writable({
    highWaterMark: 8,
    write(piece: Uint8Array, _encoding, callback) {
      keep(piece);
      process.nextTick(callback);
    },
    final: (callback) => process.nextTick(callback),
    destroy(error, callback) {
      close();
      callback(error);
    },
  });
  yield* sendAll(fromNodeWritable(slow));
};

const slowlyOnTheWeb: Program = function* (trial) {
  const close = trial.opened('the web stream');
  const keep = receiver(trial);
  const slow = new WritableStream<Uint8Array>({
    async write(piece) {
      keep(piece);
      await Promise.resolve();
    },
    async close() {
      await Promise.resolve();
      close();
    },
    abort: close,
  });
  yield* sendAll(fromWebWritable(slow));
};

/** Through a stream of the web platform, with a queue of two pieces. */
const throughWeb: Program = function* (trial) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {},
    { highWaterMark: 2 },
    { highWaterMark: 0 },
  );
  const keep = receiver(trial);
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* writer() {
      using stream = fromWebWritable(writable);
      yield* sendAll(stream);
    });
    using stream = fromWebReadable(readable);
    yield* stream.forEach(function* (piece) {
      keep(piece);
    });
  });
};

type Give = (trial: Trial, keep: (piece: Uint8Array) => void) => Operation<unknown>;

/** A memory stream given to the host, which reads it. */
const readByNode: Give = function* (trial, keep) {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
  trial.check(() => expectEqual(receive.statistics().openReceiveStreams, 0, 'open ends'));
  yield* taskGroup(function* (tg) {
    const readable = toNodeReadable(Readable, tg, receive);
    trial.check(() => expectEqual(readable.destroyed, true, 'destroyed'));
    tg.startSoon(function* writer() {
      using _ = send;
      for (const piece of PIECES) yield* send.send(piece);
    });
    using stream = fromNodeReadable(readable);
    yield* stream.forEach(function* (piece) {
      keep(piece);
    });
  });
};

const readByWeb: Give = function* (trial, keep) {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
  trial.check(() => expectEqual(receive.statistics().openReceiveStreams, 0, 'open ends'));
  yield* taskGroup(function* (tg) {
    const readable = toWebReadable(tg, receive);
    tg.startSoon(function* writer() {
      using _ = send;
      for (const piece of PIECES) yield* send.send(piece);
    });
    using stream = fromWebReadable(readable);
    yield* stream.forEach(function* (piece) {
      keep(piece);
    });
  });
};

/** A memory stream given to the host, which writes to it. */
const writtenByNode: Give = function* (trial, keep) {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(0);
  trial.check(() => expectEqual(send.statistics().openSendStreams, 0, 'open ends'));
  yield* taskGroup(function* (tg) {
    const writable = toNodeWritable(Writable, tg, send);
    trial.check(() => expectEqual(writable.destroyed, true, 'destroyed'));
    tg.startSoon(function* writer() {
      using stream = fromNodeWritable(writable);
      yield* sendAll(stream);
    });
    using end = receive;
    yield* end.forEach(function* (piece) {
      keep(piece);
    });
  });
};

const writtenByWeb: Give = function* (trial, keep) {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(0);
  trial.check(() => expectEqual(send.statistics().openSendStreams, 0, 'open ends'));
  yield* taskGroup(function* (tg) {
    const writable = toWebWritable(tg, send);
    tg.startSoon(function* writer() {
      using stream = fromWebWritable(writable);
      yield* sendAll(stream);
    });
    using end = receive;
    yield* end.forEach(function* (piece) {
      keep(piece);
    });
  });
};

function given(give: Give): Program {
  return (trial) => give(trial, receiver(trial));
}

const toldOfTheEnd = (error: unknown) =>
  error instanceof ExceptionGroup &&
  error.leaves().every((leaf) => leaf instanceof BrokenResourceError || leaf instanceof ClosedResourceError);

export const HOST_STREAMS: readonly Case[] = [
  {
    name: 'through a Node stream',
    covers: ['fromNodeReadable', 'fromNodeWritable'],
    program: throughNode({}),
  },
  {
    name: 'through a Node stream that a cancellation would keep',
    covers: ['fromNodeReadable', 'fromNodeWritable'],
    program: throughNode({ onCancel: 'keep' }),
  },
  { name: 'to a slow Node stream', covers: ['fromNodeWritable'], program: slowly },
  { name: 'to a slow web stream', covers: ['fromWebWritable'], program: slowlyOnTheWeb },
  { name: 'through a Node duplex', covers: ['fromNodeDuplex'], program: throughDuplex },
  {
    name: 'receives from a Node stream that are given up',
    covers: ['fromNodeReadable'],
    program: kept,
  },
  { name: 'through a web stream', covers: ['fromWebReadable', 'fromWebWritable'], program: throughWeb },
  { name: 'read by Node', covers: ['toNodeReadable'], program: given(readByNode) },
  { name: 'read by web code', covers: ['toWebReadable'], program: given(readByWeb) },
  { name: 'written by Node', covers: ['toNodeWritable'], program: given(writtenByNode) },
  { name: 'written by web code', covers: ['toWebWritable'], program: given(writtenByWeb) },
].map((one) => ({ isExpected: toldOfTheEnd, ...one }));

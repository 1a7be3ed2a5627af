/** Streams of bytes and text over memory streams: no byte is lost, none comes twice, and both ends are closed. */
import {
  BrokenResourceError,
  BufferedByteReceiveStream,
  type ByteReceiveStream,
  type ByteSendStream,
  type Coroutine,
  call,
  createMemoryObjectStream,
  type Effect,
  ExceptionGroup,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  moveOnAfter,
  type Operation,
  StapledByteStream,
  sleep,
  TextReceiveStream,
  TextSendStream,
  TextStream,
  taskGroup,
} from 'treadle';
import type { Trial } from 'treadle/testing';
import { type Case, expectEqual, type Program } from './program.js';

export const TEXT = 'one, zwei, trois, четыре\n€\nsix\n';
const BYTES = new TextEncoder().encode(TEXT);

/** So many bytes at a time: a piece may end within a character. */
export function chunks(size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(BYTES.length / size) }, (_, at) =>
    BYTES.slice(at * size, (at + 1) * size),
  );
}

export const text = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('latin1');

/** A way for bytes that counts them, and a spare end to look at what is left in it. */
class Pipe {
  readonly send: MemoryObjectSendStream<Uint8Array>;
  readonly receive: MemoryObjectReceiveStream<Uint8Array>;
  readonly sent: Uint8Array[] = [];
  private readonly spare: MemoryObjectReceiveStream<Uint8Array>;

  constructor(trial: Trial, size: number) {
    [this.send, this.receive] = createMemoryObjectStream<Uint8Array>(size);
    this.spare = this.receive.clone();
    trial.check(() => expectEqual(this.send.statistics().openSendStreams, 0, 'open ends to send'));
    trial.check(() => expectEqual(this.send.statistics().openReceiveStreams, 1, 'open ends to receive'));
    trial.check(() => expectEqual(this.send.statistics().tasksWaitingSend, 0, 'tasks that wait to send'));
  }

  /** The bytes that are still in the buffer. */
  rest(): Uint8Array[] {
    const rest: Uint8Array[] = [];
    try {
      for (;;) rest.push(this.spare.receiveNowait());
    } catch {
      return rest;
    }
  }

  *feed(pieces: readonly Uint8Array[]): Coroutine<void> {
    using _ = this.send;
    for (const [at, piece] of pieces.entries()) {
      yield* this.send.send(piece);
      this.sent.push(piece);
      if (at % 3 === 2) yield* sleep(2);
    }
  }
}

type Reading = (stream: BufferedByteReceiveStream, keep: (bytes: Uint8Array) => void) => Operation<unknown>;

const byLength: Reading = function* (stream, keep) {
  for (let at = 0; at < BYTES.length; at += 5) {
    keep(yield* stream.receiveExactly(Math.min(5, BYTES.length - at)));
  }
};

/** Less than has been read ahead. */
const inBits: Reading = function* (stream, keep) {
  keep(yield* stream.receiveUntil(',', 100));
  keep(new TextEncoder().encode(','));
  for (let count = 0; count < 4; count++) keep(yield* stream.receiveExactly(2));
  for (let count = 0; count < 4; count++) keep(yield* stream.receive(2));
};

const byLine: Reading = function* (stream, keep) {
  for (let line = 0; line < 3; line++) {
    keep(yield* stream.receiveUntil('\n', 100));
    keep(Uint8Array.of(10));
  }
};

const byPiece: Reading = (stream, keep) =>
  stream.forEach(function* (piece) {
    keep(piece);
  });

/** With reads that are given up now and then: they have read ahead, and lost nothing. */
const impatient: Reading = function* (stream, keep) {
  for (let length = 0; length < BYTES.length; ) {
    const bytes = yield* moveOnAfter(1, () => stream.receiveExactly(Math.min(9, BYTES.length - length)));
    if (bytes === undefined) continue;
    length += bytes.length;
    keep(bytes);
  }
};

function buffered(read: Reading, size = 4): Program {
  return function* (trial) {
    const pipe = new Pipe(trial, 1);
    const got: Uint8Array[] = [];
    let readAhead = 0;
    trial.check(() => {
      const rest = pipe.rest();
      const length = text(got).length + readAhead + text(rest).length;
      expectEqual(length, text(pipe.sent).length, 'bytes received, read ahead and left');
      expectEqual(text(got), text([BYTES]).slice(0, text(got).length), 'what was received');
    });
    yield* taskGroup(function* (tg) {
      tg.startSoon(() => pipe.feed(chunks(size)));
      tg.startSoon(function* reader() {
        const stream = new BufferedByteReceiveStream(pipe.receive);
        try {
          yield* read(stream, (bytes) => got.push(bytes));
        } finally {
          readAhead = stream.bufferedBytes;
          yield* stream.close();
        }
      });
    });
  };
}

/** A character whose bytes are split between two pieces comes out whole, though receives are given up in between. */
const decoded: Program = function* (trial) {
  const pipe = new Pipe(trial, 1);
  let got = '';
  trial.check(() => {
    const taken = text(pipe.sent).length - text(pipe.rest()).length;
    expectEqual(got, new TextDecoder().decode(BYTES.subarray(0, taken), { stream: true }), 'the text');
  });
  yield* taskGroup(function* (tg) {
    tg.startSoon(() => pipe.feed(chunks(3)));
    tg.startSoon(function* reader() {
      const stream = new TextReceiveStream(pipe.receive);
      try {
        for (let isOver = false; !isOver; ) {
          yield* moveOnAfter(1, function* () {
            const piece = yield* stream.next();
            if (piece.done === true) isOver = true;
            else got += piece.value;
          });
        }
      } finally {
        yield* stream.close();
      }
    });
  });
};

/** The two ends of memory streams as a stream of bytes: closing them is an effect there. */
class SendEnd implements ByteSendStream {
  constructor(private readonly pipe: Pipe) {}

  send(this: this, piece: Uint8Array): Effect<void> {
    return call(sendAndCount, this.pipe, piece);
  }

  close(): Effect<void> {
    return call(closeEnd, this.pipe.send);
  }
}

function* sendAndCount(pipe: Pipe, piece: Uint8Array): Coroutine<void> {
  yield* pipe.send.send(piece);
  pipe.sent.push(piece);
}

function* closeEnd(end: { close(): void }): Coroutine<void> {
  end.close();
}

/** Text to a server that sends it back, over two pipes. */
const echoed: Program = function* (trial) {
  const [there, back] = [new Pipe(trial, 1), new Pipe(trial, 1)];
  const receiving = (pipe: Pipe): ByteReceiveStream => new BufferedByteReceiveStream(pipe.receive);
  let got = '';
  trial.check(() => expectEqual(got, TEXT.slice(0, got.length), 'the text'));
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* server() {
      const stream = new StapledByteStream(new SendEnd(back), receiving(there));
      try {
        yield* stream.forEach(function* (piece) {
          yield* stream.send(piece);
        });
        yield* stream.sendEof();
      } finally {
        yield* stream.close();
      }
    });
    const client = new TextStream(new StapledByteStream(new SendEnd(there), receiving(back)));
    try {
      tg.startSoon(function* talker() {
        for (const piece of TEXT.match(/.{1,9}/gsu) ?? []) yield* client.send(piece);
        yield* client.sendEof();
      });
      yield* client.forEach(function* (piece) {
        got += piece;
        yield* sleep(1);
      });
    } finally {
      yield* client.close();
    }
  });
};

const sentAsText: Program = function* (trial) {
  const pipe = new Pipe(trial, 1);
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* writer() {
      const stream = new TextSendStream(new SendEnd(pipe));
      try {
        for (const piece of ['ein ', 'schöner ', 'Text']) yield* stream.send(piece);
      } finally {
        yield* stream.close();
      }
    });
    const got: Uint8Array[] = [];
    using receive = pipe.receive;
    yield* receive.forEach(function* (piece) {
      got.push(piece);
      yield* sleep(1);
    });
    expectEqual(Buffer.concat(got).toString(), 'ein schöner Text', 'the text');
  });
};

const partnerGone = (error: unknown) =>
  error instanceof ExceptionGroup && error.leaves().every((leaf) => leaf instanceof BrokenResourceError);

const names = (type: string, ...methods: string[]) => methods.map((method) => `${type}.${method}`);

export const BYTE_STREAMS: readonly Case[] = [
  {
    name: 'bytes by length',
    covers: names('BufferedByteReceiveStream', 'receiveExactly', 'close'),
    program: buffered(byLength),
  },
  {
    name: 'bytes by line',
    covers: names('BufferedByteReceiveStream', 'receiveUntil'),
    program: buffered(byLine),
  },
  {
    name: 'bytes as they come',
    covers: names('BufferedByteReceiveStream', 'receive', 'next', 'forEach'),
    program: buffered(byPiece),
  },
  {
    name: 'less than was read ahead',
    covers: names('BufferedByteReceiveStream', 'receive', 'receiveExactly'),
    program: buffered(inBits, BYTES.length),
  },
  {
    name: 'bytes by length, with reads that are given up',
    covers: names('BufferedByteReceiveStream', 'receiveExactly'),
    program: buffered(impatient),
  },
  {
    name: 'TextReceiveStream',
    covers: names('TextReceiveStream', 'receive', 'next', 'forEach', 'close'),
    program: decoded,
  },
  { name: 'TextSendStream', covers: names('TextSendStream', 'send', 'close'), program: sentAsText },
  {
    name: 'TextStream and StapledByteStream',
    covers: [
      ...names('TextStream', 'send', 'sendEof'),
      ...names('StapledByteStream', 'send', 'receive', 'next', 'forEach', 'sendEof', 'close'),
    ],
    program: echoed,
    isExpected: partnerGone,
  },
];

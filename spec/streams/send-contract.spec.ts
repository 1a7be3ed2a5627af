/** The send stream contract, over every send stream. */
import { Duplex, Writable } from 'node:stream';
import { EndOfStream, WouldBlock } from 'treadle';
import { BufferedByteReceiveStream } from '../../lib/streams/buffered-byte-receive-stream.js';
import { closing } from '../../lib/streams/byte-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { fromNodeDuplex, fromNodeWritable } from '../../lib/streams/node-send-stream.js';
import type { Closable, SendStream } from '../../lib/streams/receive-stream.js';
import { StapledByteStream, StapledObjectStream } from '../../lib/streams/stapled-streams.js';
import { TextSendStream, TextStream } from '../../lib/streams/text-streams.js';
import { fromWebWritable } from '../../lib/streams/web-send-stream.js';
import { type SendSubject, sendStreamContract } from '../support/send-stream-contract.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (item: unknown) =>
  typeof item === 'string' ? item : new TextDecoder().decode(item as Uint8Array);

/** A subject over a memory object stream. */
function overMemory<T>(
  wrap: (send: SendStream<T> & Closable) => SendStream<never> & Closable,
  itemOf: (text: string) => unknown,
): SendSubject {
  const [send, receive] = createMemoryObjectStream<T>(1);
  const taken: string[] = [];
  let hasEnded = false;
  return {
    stream: wrap(send),
    itemOf,
    take() {
      try {
        if (!hasEnded) taken.push(decode(receive.receiveNowait()));
      } catch (error) {
        hasEnded = error instanceof EndOfStream;
        if (!hasEnded && !(error instanceof WouldBlock)) throw error;
      }
      return taken;
    },
    hasEnded: () => hasEnded,
    break: () => receive.close(),
  };
}

/** Takes a chunk when told to. */
class Gate {
  readonly taken: string[] = [];
  private readonly waiting: [chunk: string, acknowledge: () => void][] = [];

  write(chunk: Uint8Array, acknowledge: () => void): void {
    this.waiting.push([decode(chunk), acknowledge]);
  }

  take(): readonly string[] {
    const [chunk, acknowledge] = this.waiting.shift() ?? [];
    if (chunk !== undefined) this.taken.push(chunk);
    acknowledge?.();
    return this.taken;
  }
}

/** A subject over a stream of Node that has room for one byte. */
function overNode(wrap: (writable: Duplex) => SendStream<never> & Closable, isDuplex = false): SendSubject {
  const gate = new Gate();
  const options = {
    highWaterMark: 1,
    write: (chunk: Uint8Array, _encoding: string, callback: () => void) => gate.write(chunk, callback),
  };
  const writable = isDuplex ? new Duplex({ ...options, read() {} }) : new Writable(options);
  return {
    stream: wrap(writable as Duplex),
    itemOf: encode,
    take: () => gate.take(),
    hasEnded: () => writable.writableFinished,
    break: (error) => writable.destroy(error),
  };
}

const asBytes = (send: SendStream<Uint8Array> & Closable) => ({
  send: (chunk: Uint8Array) => send.send(chunk),
  close: () => closing(send),
});

const noBytes = () => {
  const [, receive] = createMemoryObjectStream<Uint8Array>();
  return receive;
};

sendStreamContract('memory object stream', { isExclusive: false }, () => overMemory((send) => send, String));

sendStreamContract('StapledObjectStream', { isExclusive: false }, () =>
  overMemory((send) => new StapledObjectStream(send, noBytes()), String),
);

sendStreamContract('TextSendStream', { isExclusive: false }, () =>
  overMemory<Uint8Array>((send) => new TextSendStream(send), String),
);

const keep = { onCancel: 'keep' } as const;

sendStreamContract('fromNodeWritable', { isExclusive: true, isHosted: true }, () =>
  overNode((writable) => fromNodeWritable(writable, keep)),
);

sendStreamContract('fromNodeDuplex', { isExclusive: true, isHosted: true }, () =>
  overNode((duplex) => fromNodeDuplex(duplex, keep), true),
);

sendStreamContract('TextStream over StapledByteStream', { isExclusive: true, isHosted: true }, () => {
  const subject = overNode((duplex) => new TextStream(fromNodeDuplex(duplex, keep)), true);
  return { ...subject, itemOf: String };
});

sendStreamContract('StapledByteStream', { isExclusive: true, isHosted: true }, () =>
  overNode((duplex) => {
    const sink = asBytes(fromNodeWritable(duplex, keep));
    return new StapledByteStream(sink, new BufferedByteReceiveStream(noBytes()));
  }),
);

sendStreamContract('fromWebWritable', { isExclusive: true, isHosted: true }, () => {
  const gate = new Gate();
  let hasEnded = false;
  let controller!: WritableStreamDefaultController;
  const writable = new WritableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    write: (chunk) => new Promise((resolve) => gate.write(chunk, resolve)),
    close() {
      hasEnded = true;
    },
  });
  return {
    stream: fromWebWritable(writable, keep),
    itemOf: encode,
    take: () => gate.take(),
    hasEnded: () => hasEnded,
    break: (error) => controller.error(error),
  };
});

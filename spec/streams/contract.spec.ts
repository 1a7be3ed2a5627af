/** The stream contract, over every receive stream. */
import { EventEmitter } from 'node:events';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { Future, type TaskHandle } from 'treadle';
import { asCompleted } from '../../lib/concurrency/as-completed.js';
import { events } from '../../lib/interop/events.js';
import { fromAsyncIterable } from '../../lib/interop/from-async-iterable.js';
import { BufferedByteReceiveStream } from '../../lib/streams/buffered-byte-receive-stream.js';
import { closing } from '../../lib/streams/byte-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { fromNodeReadable } from '../../lib/streams/node-receive-stream.js';
import { fromNodeDuplex, fromNodeWritable } from '../../lib/streams/node-send-stream.js';
import { StapledByteStream, StapledObjectStream } from '../../lib/streams/stapled-streams.js';
import { TextReceiveStream, TextStream } from '../../lib/streams/text-streams.js';
import { fromWebReadable } from '../../lib/streams/web-receive-stream.js';
import { madeBy, receiveStreamContract, type StreamSubject } from '../support/stream-contract.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (item: unknown) => new TextDecoder().decode(item as Uint8Array);

receiveStreamContract(
  'memory object stream',
  { isExclusive: false },
  madeBy(() => {
    const [send, stream] = createMemoryObjectStream<string>(Infinity);
    return { stream, feed: (item) => send.sendNowait(item), finish: () => send.close(), textOf: String };
  }),
);

receiveStreamContract(
  'StapledObjectStream',
  { isExclusive: false },
  madeBy(() => {
    const [send, receive] = createMemoryObjectStream<string>(Infinity);
    const [other] = createMemoryObjectStream<string>();
    const stream = new StapledObjectStream(other, receive);
    return { stream, feed: (item) => send.sendNowait(item), finish: () => send.close(), textOf: String };
  }),
);

receiveStreamContract(
  'BufferedByteReceiveStream',
  { isExclusive: true },
  madeBy(() => {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
    return {
      stream: new BufferedByteReceiveStream(receive),
      feed: (item) => send.sendNowait(encode(item)),
      finish: () => send.close(),
      textOf: decode,
    };
  }),
);

receiveStreamContract(
  'TextReceiveStream',
  { isExclusive: false },
  madeBy(() => {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
    return {
      stream: new TextReceiveStream(receive),
      feed: (item) => send.sendNowait(encode(item)),
      finish: () => send.close(),
      textOf: String,
    };
  }),
);

receiveStreamContract(
  'TextStream',
  { isExclusive: true },
  madeBy(() => {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
    const [other] = createMemoryObjectStream<Uint8Array>();
    const sink = { send: (chunk: Uint8Array) => other.send(chunk), close: () => closing(other) };
    const source = new BufferedByteReceiveStream(receive);
    return {
      stream: new TextStream(new StapledByteStream(sink, source)),
      feed: (item) => send.sendNowait(encode(item)),
      finish: () => send.close(),
      textOf: String,
    };
  }),
);

receiveStreamContract(
  'fromAsyncIterable',
  { isExclusive: false, isHosted: true },
  madeBy(() => {
    const source = new PassThrough({ objectMode: true });
    return {
      stream: fromAsyncIterable<string>(source),
      feed: (item) => source.write(item),
      finish: () => source.end(),
      textOf: String,
    };
  }),
);

function nodeSubject(): StreamSubject & { stream: ReturnType<typeof fromNodeReadable> } {
  const readable = new Readable({ read() {} });
  return {
    stream: fromNodeReadable(readable, { onCancel: 'keep' }),
    feed: (item) => readable.push(item),
    finish: () => readable.push(null),
    textOf: decode,
  };
}

receiveStreamContract('fromNodeReadable', { isExclusive: true, isHosted: true }, madeBy(nodeSubject));

receiveStreamContract(
  'fromNodeDuplex',
  { isExclusive: true, isHosted: true },
  madeBy(() => {
    const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
    return {
      stream: fromNodeDuplex(duplex, { onCancel: 'keep' }),
      feed: (item) => duplex.push(item),
      finish: () => duplex.push(null),
      textOf: decode,
    };
  }),
);

receiveStreamContract(
  'StapledByteStream',
  { isExclusive: true, isHosted: true },
  madeBy(() => {
    const subject = nodeSubject();
    const sink = fromNodeWritable(new Writable({ write: (_chunk, _encoding, callback) => callback() }));
    return { ...subject, stream: new StapledByteStream(sink, subject.stream) };
  }),
);

receiveStreamContract(
  'fromWebReadable',
  { isExclusive: true, isHosted: true },
  madeBy(() => {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const readable = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given;
      },
    });
    return {
      stream: fromWebReadable(readable, { onCancel: 'keep' }),
      feed: (item) => controller.enqueue(encode(item)),
      finish: () => controller.close(),
      textOf: decode,
    };
  }),
);

receiveStreamContract(
  'events',
  { isExclusive: false, isHosted: true, isEndless: true },
  function* (_items, body) {
    const emitter = new EventEmitter();
    using stream = yield* events<[string]>(emitter, 'item');
    return yield* body({
      stream: Object.assign(stream, { close: () => stream[Symbol.dispose]() }),
      feed: (item) => emitter.emit('item', item),
      finish() {},
      textOf: (args) => String((args as [string])[0]),
    });
  },
);

receiveStreamContract('asCompleted', { isExclusive: false, isLent: true }, function* (items, body) {
  const futures = Array.from({ length: items }, () => new Future<string>());
  let fed = 0;
  return yield* asCompleted(futures, (stream) =>
    body({
      stream,
      feed: (item) => futures[fed++]?.setResult(item),
      finish() {}, // it ends after as many as there are
      textOf: (handle) => (handle as TaskHandle<string>).returnValue,
    }),
  );
});

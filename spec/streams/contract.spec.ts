/** The stream contract, over every receive stream. */
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { fromAsyncIterable } from '../../lib/interop/from-async-iterable.js';
import { BufferedByteReceiveStream } from '../../lib/streams/buffered-byte-receive-stream.js';
import { closing } from '../../lib/streams/byte-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { fromNodeReadable } from '../../lib/streams/node-receive-stream.js';
import { fromNodeDuplex, fromNodeWritable } from '../../lib/streams/node-send-stream.js';
import { StapledByteStream, StapledObjectStream } from '../../lib/streams/stapled-streams.js';
import { TextReceiveStream, TextStream } from '../../lib/streams/text-streams.js';
import { fromWebReadable } from '../../lib/streams/web-receive-stream.js';
import { receiveStreamContract, type StreamSubject } from '../support/stream-contract.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (item: unknown) => new TextDecoder().decode(item as Uint8Array);

receiveStreamContract('memory object stream', { isExclusive: false }, () => {
  const [send, stream] = createMemoryObjectStream<string>(Infinity);
  return { stream, feed: (item) => send.sendNowait(item), finish: () => send.close(), textOf: String };
});

receiveStreamContract('StapledObjectStream', { isExclusive: false }, () => {
  const [send, receive] = createMemoryObjectStream<string>(Infinity);
  const [other] = createMemoryObjectStream<string>();
  const stream = new StapledObjectStream(other, receive);
  return { stream, feed: (item) => send.sendNowait(item), finish: () => send.close(), textOf: String };
});

receiveStreamContract('BufferedByteReceiveStream', { isExclusive: true }, () => {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
  return {
    stream: new BufferedByteReceiveStream(receive),
    feed: (item) => send.sendNowait(encode(item)),
    finish: () => send.close(),
    textOf: decode,
  };
});

receiveStreamContract('TextReceiveStream', { isExclusive: false }, () => {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
  return {
    stream: new TextReceiveStream(receive),
    feed: (item) => send.sendNowait(encode(item)),
    finish: () => send.close(),
    textOf: String,
  };
});

receiveStreamContract('TextStream', { isExclusive: true }, () => {
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
});

receiveStreamContract('fromAsyncIterable', { isExclusive: false, isHosted: true }, () => {
  const source = new PassThrough({ objectMode: true });
  return {
    stream: fromAsyncIterable<string>(source),
    feed: (item) => source.write(item),
    finish: () => source.end(),
    textOf: String,
  };
});

function nodeSubject(): StreamSubject & { stream: ReturnType<typeof fromNodeReadable> } {
  const readable = new Readable({ read() {} });
  return {
    stream: fromNodeReadable(readable, { onCancel: 'keep' }),
    feed: (item) => readable.push(item),
    finish: () => readable.push(null),
    textOf: decode,
  };
}

receiveStreamContract('fromNodeReadable', { isExclusive: true, isHosted: true }, nodeSubject);

receiveStreamContract('fromNodeDuplex', { isExclusive: true, isHosted: true }, () => {
  const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  return {
    stream: fromNodeDuplex(duplex, { onCancel: 'keep' }),
    feed: (item) => duplex.push(item),
    finish: () => duplex.push(null),
    textOf: decode,
  };
});

receiveStreamContract('StapledByteStream', { isExclusive: true, isHosted: true }, () => {
  const subject = nodeSubject();
  const sink = fromNodeWritable(new Writable({ write: (_chunk, _encoding, callback) => callback() }));
  return { ...subject, stream: new StapledByteStream(sink, subject.stream) };
});

receiveStreamContract('fromWebReadable', { isExclusive: true, isHosted: true }, () => {
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
});

/** The stream contract, over every receive stream. */
import { Readable, Writable } from 'node:stream';
import { BufferedByteReceiveStream } from '../../lib/streams/buffered-byte-receive-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { fromNodeReadable } from '../../lib/streams/node-receive-stream.js';
import { fromNodeWritable } from '../../lib/streams/node-send-stream.js';
import { StapledByteStream, StapledObjectStream } from '../../lib/streams/stapled-streams.js';
import { TextReceiveStream } from '../../lib/streams/text-streams.js';
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

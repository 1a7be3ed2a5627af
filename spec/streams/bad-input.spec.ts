/** What streams and their handlers do with sources, sinks and options that are none: at the call, and in words. */
import { Duplex, Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import {
  BufferedByteReceiveStream,
  debounce,
  fromNodeDuplex,
  fromNodeReadable,
  fromNodeWritable,
  fromWebReadable,
  fromWebWritable,
  StapledByteStream,
  StapledObjectStream,
  sleep,
  TextReceiveStream,
  TextSendStream,
  TextStream,
  takeLatest,
  takeLeading,
  throttle,
  toNodeReadable,
  toNodeWritable,
  toWebReadable,
  toWebWritable,
} from 'treadle';
import { thrown } from '../support/contract.js';

const work = () => sleep(0);

const SOURCE = 'a stream to receive bytes from';
const SINK = 'a stream to send bytes to';
const GROUP = 'the task group in which it works';
/** One that starts nothing, for each is refused before. */
const group = { createTask: expect.fail } as never;
const bytes = { send: work, receive: work, close() {} } as never;

/** Each takes a stream, and is given something else. */
const TAKERS: readonly [call: string, takes: string, give: (stream: never) => unknown][] = [
  ['takeLatest(stream, fn)', 'a receive stream', (stream) => takeLatest(stream, work)],
  ['takeLeading(stream, fn)', 'a receive stream', (stream) => takeLeading(stream, work)],
  ['debounce(stream, ms, fn)', 'a receive stream', (stream) => debounce(stream, 1, work)],
  ['throttle(stream, ms, fn)', 'a receive stream', (stream) => throttle(stream, 1, work)],
  ['new BufferedByteReceiveStream(source)', SOURCE, (stream) => new BufferedByteReceiveStream(stream)],
  ['new TextReceiveStream(source)', SOURCE, (stream) => new TextReceiveStream(stream)],
  ['new TextSendStream(sink)', SINK, (stream) => new TextSendStream(stream)],
  ['new TextReceiveStream(source)', SOURCE, (stream) => new TextStream(stream)],
  ['fromNodeReadable(readable)', 'a Readable of node:stream', (stream) => fromNodeReadable(stream)],
  ['fromNodeWritable(writable)', 'a Writable of node:stream', (stream) => fromNodeWritable(stream)],
  ['fromNodeWritable(writable)', 'a Writable of node:stream', (stream) => fromNodeDuplex(stream)],
  ['fromWebReadable(readable)', 'a ReadableStream', (stream) => fromWebReadable(stream)],
  ['fromWebWritable(writable)', 'a WritableStream', (stream) => fromWebWritable(stream)],
  ['new StapledByteStream(sendStream, receiveStream)', SINK, (end) => new StapledByteStream(end, bytes)],
  ['new StapledByteStream(sendStream, receiveStream)', SOURCE, (end) => new StapledByteStream(bytes, end)],
  [
    'new StapledObjectStream(sendStream, receiveStream)',
    'a stream to send on',
    (end) => new StapledObjectStream(end, bytes),
  ],
  [
    'new StapledObjectStream(sendStream, receiveStream)',
    'a stream to receive from',
    (end) => new StapledObjectStream(bytes, end),
  ],
  ['toNodeReadable(Readable, tg, source)', SOURCE, (stream) => toNodeReadable(Readable, group, stream)],
  ['toNodeWritable(Writable, tg, sink)', SINK, (stream) => toNodeWritable(Writable, group, stream)],
  ['toWebReadable(tg, source)', SOURCE, (stream) => toWebReadable(group, stream)],
  ['toWebWritable(tg, sink)', SINK, (stream) => toWebWritable(group, stream)],
  ['toNodeReadable(Readable, tg, source)', GROUP, (tg) => toNodeReadable(Readable, tg, bytes)],
  ['toNodeWritable(Writable, tg, sink)', GROUP, (tg) => toNodeWritable(Writable, tg, bytes)],
  ['toWebReadable(tg, source)', GROUP, (tg) => toWebReadable(tg, bytes)],
  ['toWebWritable(tg, sink)', GROUP, (tg) => toWebWritable(tg, bytes)],
  [
    'toNodeReadable(Readable, tg, source)',
    'the class Readable of node:stream first',
    (given) => toNodeReadable(given, group, bytes),
  ],
  [
    'toNodeWritable(Writable, tg, sink)',
    'the class Writable of node:stream first',
    (given) => toNodeWritable(given, group, bytes),
  ],
];

describe('streams: bad input', () => {
  for (const [call, takes, give] of TAKERS) {
    it(`${give.toString().replace(/^.*=> /, '')}: ${call} refuses what is no stream`, () => {
      for (const [value, shown] of [
        [undefined, 'undefined'],
        [null, 'null'],
        [{}, 'an object'],
        ['text', 'the string "text"'],
      ]) {
        expect(String(thrown(() => give(value as never)))).to.equal(
          `TypeError: ${call} takes ${takes}, not ${shown}`,
        );
      }
    });
  }

  it('options that are none, or have a value that is none', () => {
    const source = () => fromNodeReadable(new Readable({ read() {} }));
    const mistakes: readonly [() => unknown, RegExp][] = [
      [
        () => new TextReceiveStream(source(), { errors: 'ignore' as never }),
        /errors .* is 'strict' or 'replace', not the/,
      ],
      [
        () => new TextReceiveStream(source(), 'latin1' as never),
        /the options of .* are an object, not the string/,
      ],
      [
        () => fromNodeReadable(new Readable(), { onCancel: 'nope' as never }),
        /onCancel is 'destroy' or 'keep', not the/,
      ],
      [
        () => fromNodeDuplex(new Duplex(), { onCancel: true as never }),
        /onCancel is 'destroy' or 'keep', not true/,
      ],
      [
        () => fromWebReadable(new ReadableStream(), { onCancel: null as never }),
        /'destroy' or 'keep', not null/,
      ],
      [() => fromWebWritable(new WritableStream(), 'keep' as never), /the options of .* are an object/],
    ];
    for (const [mistake, message] of mistakes) expect(String(thrown(mistake))).to.match(message);
  });
});

/** What streams and their handlers do with sources, sinks and options that are none: at the call, and in words. */
import { Duplex, Readable } from 'node:stream';
import { expect } from 'chai';
import {
  BufferedByteReceiveStream,
  debounce,
  fromNodeDuplex,
  fromNodeReadable,
  fromNodeWritable,
  fromWebReadable,
  fromWebWritable,
  sleep,
  TextReceiveStream,
  TextSendStream,
  TextStream,
  takeLatest,
  takeLeading,
  throttle,
} from 'treadle';
import { thrown } from '../support/contract.js';

const work = () => sleep(0);

/** Each takes a stream, and is given something else. */
const TAKERS: readonly [call: string, takes: string, give: (stream: never) => unknown][] = [
  ['takeLatest(stream, fn)', 'a receive stream', (stream) => takeLatest(stream, work)],
  ['takeLeading(stream, fn)', 'a receive stream', (stream) => takeLeading(stream, work)],
  ['debounce(stream, ms, fn)', 'a receive stream', (stream) => debounce(stream, 1, work)],
  ['throttle(stream, ms, fn)', 'a receive stream', (stream) => throttle(stream, 1, work)],
  [
    'new BufferedByteReceiveStream(source)',
    'a stream to receive bytes from',
    (stream) => new BufferedByteReceiveStream(stream),
  ],
  [
    'new TextReceiveStream(source)',
    'a stream to receive bytes from',
    (stream) => new TextReceiveStream(stream),
  ],
  ['new TextSendStream(sink)', 'a stream to send bytes to', (stream) => new TextSendStream(stream)],
  ['new TextReceiveStream(source)', 'a stream to receive bytes from', (stream) => new TextStream(stream)],
  ['fromNodeReadable(readable)', 'a Readable of node:stream', (stream) => fromNodeReadable(stream)],
  ['fromNodeWritable(writable)', 'a Writable of node:stream', (stream) => fromNodeWritable(stream)],
  ['fromNodeWritable(writable)', 'a Writable of node:stream', (stream) => fromNodeDuplex(stream)],
  ['fromWebReadable(readable)', 'a ReadableStream', (stream) => fromWebReadable(stream)],
  ['fromWebWritable(writable)', 'a WritableStream', (stream) => fromWebWritable(stream)],
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

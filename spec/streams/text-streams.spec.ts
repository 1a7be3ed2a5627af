import { expect } from 'chai';
import type { Coroutine } from 'treadle';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { TextReceiveStream, TextSendStream, type TextStreamOptions } from '../../lib/streams/text-streams.js';
import { specsOn, thrown } from '../support/contract.js';

const it = specsOn('virtual');

function* read(chunks: readonly Uint8Array[], options?: TextStreamOptions): Coroutine<string[]> {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
  for (const chunk of chunks) send.sendNowait(chunk);
  send.close();
  const pieces: string[] = [];
  try {
    yield* new TextReceiveStream(receive, options).forEach(function* (piece) {
      pieces.push(piece);
    });
  } catch (error) {
    pieces.push((error as Error).name);
  }
  return pieces;
}

describe('text streams', () => {
  it('a character whose bytes are split comes out whole, wherever it is split', function* () {
    const text = 'naïve 🧵 weft';
    const bytes = new TextEncoder().encode(text);
    for (let cut = 1; cut < bytes.length; cut++) {
      const pieces = yield* read([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(pieces.join('')).to.equal(text);
      expect(pieces).not.to.include('');
    }
  });

  it('bytes that are no text are an error, or a replacement character', function* () {
    const broken = [new Uint8Array([104, 105]), new Uint8Array([0xff])];
    expect(yield* read(broken)).to.deep.equal(['hi', 'TypeError']);
    expect(yield* read(broken, { errors: 'replace' })).to.deep.equal(['hi', '\ufffd']);
  });

  it('so is a character that is cut off at the end', function* () {
    const cut = [new Uint8Array([104, 0xc3])];
    expect(yield* read(cut)).to.deep.equal(['h', 'TypeError']);
    expect(yield* read(cut, { errors: 'replace' })).to.deep.equal(['h', '\ufffd']);
  });

  it('reads other encodings', function* () {
    expect(yield* read([new Uint8Array([0xe4])], { encoding: 'latin1' })).to.deep.equal(['ä']);
    const [, receive] = createMemoryObjectStream<Uint8Array>();
    expect(thrown(() => new TextReceiveStream(receive, { encoding: 'runes' }))).to.be.instanceOf(RangeError);
  });

  it('sends UTF-8, closes its sink, and takes only text', function* () {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
    const text = new TextSendStream(send);
    yield* text.send('ä');
    expect([...(yield* receive.receive())]).to.deep.equal([0xc3, 0xa4]);
    yield* text.close();
    expect((yield* receive.next()).done).to.equal(true);
    expect(thrown(() => Reflect.apply(text.send, text, [7]))).to.be.instanceOf(TypeError);
  });
});

import { expect } from 'chai';
import { type Coroutine, call, moveOnAfter, type Operation, runSync, sleep, taskGroup } from 'treadle';
import { BufferedByteReceiveStream } from '../../lib/streams/buffered-byte-receive-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { specsOn, thrown } from '../support/contract.js';

const it = specsOn('virtual');

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A buffered stream of which the chunks have all come, and its end too. */
function fed(...chunks: string[]): BufferedByteReceiveStream {
  const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
  for (const chunk of chunks) send.sendNowait(encode(chunk));
  send.close();
  return new BufferedByteReceiveStream(receive);
}

/** What a read gives as text, or the name of its error. */
function* told(read: Operation<Uint8Array>): Coroutine<string> {
  try {
    return decode(yield* read);
  } catch (error) {
    return (error as Error).name;
  }
}

describe('BufferedByteReceiveStream', () => {
  it('receive gives what was read ahead first, and at most as many bytes as asked for', function* () {
    const log = yield* call(function* () {
      const stream = fed('abcdef', '', 'gh');
      const log: string[] = [];
      for (const bytes of [2, 3, 100, 100, 100]) log.push(yield* told(stream.receive(bytes)));
      return log;
    });
    expect(log).to.deep.equal(['ab', 'cde', 'f', 'gh', 'EndOfStream']);
  });

  it('refuses a source that gives something else than bytes', () => {
    for (const chunk of ['text', [1, 2], new ArrayBuffer(2)]) {
      const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
      send.sendNowait(chunk as never);
      const stream = new BufferedByteReceiveStream(receive);
      const error = thrown(() => runSync(() => stream.receiveExactly(2)));
      expect(error)
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .that.matches(/gave .* Uint8Array/);
    }
  });

  it('receiveExactly joins chunks and splits them; at the end what has come is still there', function* () {
    const log = yield* call(function* () {
      const stream = fed('ab', 'cd', 'e');
      return [
        yield* told(stream.receiveExactly(3)),
        yield* told(stream.receiveExactly(0)),
        yield* told(stream.receiveExactly(5)),
        yield* told(stream.receive()),
        yield* told(stream.receiveExactly(1)),
      ];
    });
    expect(log).to.deep.equal(['abc', '', 'IncompleteRead', 'de', 'IncompleteRead']);
  });

  it('receiveUntil finds a delimiter that is split between chunks, wherever it is split', () => {
    const text = 'one\r\n\r\ntwo\r\r\n\r\n\r\n\r\n';
    for (let cut = 1; cut < text.length; cut++) {
      const log = runSync(function* () {
        const stream = fed(text.slice(0, cut), text.slice(cut));
        const log: string[] = [];
        for (let count = 0; count < 4; count++) log.push(yield* told(stream.receiveUntil('\r\n\r\n', 100)));
        return log;
      });
      expect(log, `cut at ${cut}`).to.deep.equal(['one', 'two\r', '', 'IncompleteRead']);
    }
  });

  it('receiveUntil stops past its limit, and what has come can still be received', function* () {
    const log = yield* call(function* () {
      const stream = fed('abcdef', 'gh\nij');
      return [
        yield* told(stream.receiveUntil('\n', 7)),
        yield* told(stream.receiveUntil('\n', 8)),
        yield* told(stream.receiveUntil(new Uint8Array([10]), 8)),
        yield* told(stream.receive()),
        yield* told(stream.receiveUntil('\n', 8)),
      ];
    });
    expect(log).to.deep.equal(['DelimiterNotFound', 'abcdefgh', 'IncompleteRead', 'ij', 'IncompleteRead']);
  });

  it('a read that is cancelled halfway loses nothing', function* () {
    const log = yield* call(function* () {
      const [send, receive] = createMemoryObjectStream<Uint8Array>(Infinity);
      const stream = new BufferedByteReceiveStream(receive);
      const log: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          for (const chunk of ['ab', 'cd', 'ef', 'g\n']) {
            yield* sleep(10);
            send.sendNowait(encode(chunk));
          }
        });
        for (const read of [() => stream.receiveExactly(7), () => stream.receiveUntil('\n', 9)]) {
          log.push(`${yield* moveOnAfter(15, read)}`);
        }
        log.push(yield* told(stream.receiveUntil('\n', 9)));
      });
      return log;
    });
    expect(log).to.deep.equal(['undefined', 'undefined', 'abcdefg']);
  });

  it('agrees with plain splitting for random chunks, lengths and delimiters', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let round = 0; round < 50; round++) {
      const text = Array.from({ length: 200 }, () => 'ab;'[random(3)]).join('');
      const chunks: string[] = [];
      for (let at = 0; at < text.length; ) {
        const length = 1 + random(40);
        chunks.push(text.slice(at, at + length));
        at += length;
      }
      const read = runSync(function* () {
        const stream = fed(...chunks);
        let read = '';
        while (read.length < text.length) {
          if (random(2) === 0) {
            const count = Math.min(1 + random(20), text.length - read.length);
            read += yield* told(stream.receiveExactly(count));
          } else if (text.indexOf(';b', read.length) >= 0) {
            read += `${yield* told(stream.receiveUntil(';b', 1000))};b`;
          } else read += yield* told(stream.receive(1 + random(20)));
        }
        return read;
      });
      expect(read).to.equal(text);
    }
  });

  it('refuses sizes and delimiters that are none', () => {
    const stream = fed();
    for (const bytes of [-1, 0.5, Number.NaN]) {
      expect(thrown(() => stream.receiveExactly(bytes))).to.be.instanceOf(RangeError);
    }
    expect(thrown(() => stream.receive(0))).to.be.instanceOf(RangeError);
    expect(thrown(() => stream.receiveUntil('', 1))).to.be.instanceOf(RangeError);
    expect(thrown(() => stream.receiveUntil('\n', 0))).to.be.instanceOf(RangeError);
    expect(thrown(() => Reflect.apply(stream.receiveUntil, stream, [7, 1]))).to.be.instanceOf(TypeError);
    expect(thrown(() => Reflect.apply(stream.receiveExactly, stream, ['1']))).to.be.instanceOf(TypeError);
  });
});

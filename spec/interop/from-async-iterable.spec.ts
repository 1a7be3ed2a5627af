/** `fromAsyncIterable`: pulled on demand, nothing lost, closed for good. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  CancelScope,
  type Coroutine,
  call,
  checkpoint,
  run as runOnce,
  shield,
  taskGroup,
  until,
} from 'treadle';
import { fromAsyncIterable } from '../../lib/interop/from-async-iterable.js';
import { onEachBackend, thrown } from '../support/contract.js';
import { ending, failure } from '../support/outcome.js';

const hostTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** Counts up to `last`, and writes down what is asked of it. */
async function* count(last: number, labels: string[] = []): AsyncGenerator<number, void> {
  try {
    for (let n = 1; n <= last; n++) {
      labels.push(`asked for ${n}`);
      await hostTurn();
      yield n;
    }
    labels.push('at the end');
  } finally {
    labels.push('finally');
  }
}

/** An iterator made by hand, whose `next` the spec answers. */
function byHand() {
  const answers: ((result: IteratorResult<string, undefined>) => void)[] = [];
  let returned = 0;
  const iterator = {
    next: () => new Promise<IteratorResult<string, undefined>>((resolve) => void answers.push(resolve)),
    return: async (): Promise<IteratorResult<string, undefined>> => {
      for (let turns = 0; turns < 20; turns++) await null;
      returned++;
      return { done: true, value: undefined };
    },
  };
  return {
    iterable: { [Symbol.asyncIterator]: () => iterator },
    answer: (value: string) => answers.shift()?.({ done: false, value }),
    end: () => answers.shift()?.({ done: true, value: undefined }),
    get asked() {
      return answers.length;
    },
    get returned() {
      return returned;
    },
  };
}

onEachBackend('fromAsyncIterable', (run, { it }) => {
  it('gives the items in order, then EndOfStream, again and again', function* () {
    const labels: string[] = [];
    const stream = fromAsyncIterable(count(2));
    const first: number = yield* stream.receive();
    labels.push(`${first}`, `${(yield* stream.next()).value}`);
    labels.push(`${(yield* stream.next()).done}`);
    for (let i = 0; i < 2; i++) labels.push(((yield* failure(stream.receive())) as Error).name);
    expect(labels).deep.equal(['1', '2', 'true', 'EndOfStream', 'EndOfStream']);
  });

  it('asks for an item only when a task waits for one', function* () {
    const labels: string[] = [];
    const stream = fromAsyncIterable(count(9, labels));
    yield* until(hostTurn());
    labels.push('nothing yet');
    labels.push(`got ${yield* stream.receive()}`);
    yield* until(hostTurn());
    labels.push('nothing more');
    yield* stream.close();
    expect(labels).deep.equal(['nothing yet', 'asked for 1', 'got 1', 'nothing more', 'finally']);
  });

  it('forEach goes to the end', function* () {
    const seen: number[] = [];
    yield* fromAsyncIterable(count(3)).forEach(function* (n) {
      seen.push(n);
      yield* checkpoint();
    });
    expect(seen).deep.equal([1, 2, 3]);
  });

  it('a receive that is cancelled loses nothing: its item goes to the next one', function* () {
    const source = byHand();
    const labels: string[] = [];
    const stream = fromAsyncIterable(source.iterable);
    const scope = new CancelScope();
    setTimeout(() => scope.cancel(), 1);
    yield* scope.run(() => stream.receive());
    labels.push(`cancelled ${scope.cancelledCaught}, asked ${source.asked}`);
    source.answer('a');
    yield* until(hostTurn());
    labels.push(yield* stream.receive(), `asked ${source.asked}`);
    expect(labels).deep.equal(['cancelled true, asked 1', 'a', 'asked 0']);
  });

  it('serves tasks first come first served, with one next() under way at a time', function* () {
    const source = byHand();
    const labels: string[] = [];
    const stream = fromAsyncIterable(source.iterable);
    yield* taskGroup(function* (tg) {
      function* reader(name: string): Coroutine<void> {
        const result = yield* stream.next();
        labels.push(`${name} ${result.done === true ? 'end' : result.value}`);
      }
      for (const name of ['x', 'y', 'z', 'w']) tg.startSoon(reader, name);
      yield* checkpoint();
      for (const item of ['a', 'b']) {
        labels.push(`asked ${source.asked}`);
        source.answer(item);
        yield* until(hostTurn());
      }
      source.end();
    });
    expect(labels).deep.equal(['asked 1', 'x a', 'asked 1', 'y b', 'z end', 'w end']);
  });

  it('an error goes to one who receives, and is the end for the others', async () => {
    const boom = new Error('boom');
    const labels: unknown[] = [];
    await run(function* () {
      const stream = fromAsyncIterable(
        (async function* (): AsyncGenerator<number> {
          await hostTurn();
          yield 1;
          throw boom;
        })(),
      );
      labels.push(yield* stream.receive(), yield* failure(stream.next()), (yield* stream.next()).done);
    });
    expect(labels).deep.equal([1, boom, true]);
  });

  it('an error that came when nobody waited any more is kept for the next one', function* () {
    const boom = new Error('boom');
    const labels: unknown[] = [];
    const stream = fromAsyncIterable({
      [Symbol.asyncIterator]: () => ({ next: () => hostTurn().then(() => Promise.reject(boom)) }),
    });
    const scope = new CancelScope();
    yield* taskGroup(function* (tg) {
      tg.startSoon(() => scope.run(() => stream.receive()));
      yield* checkpoint();
      scope.cancel();
    });
    yield* until(hostTurn().then(hostTurn));
    labels.push(yield* failure(stream.receive()), (yield* stream.next()).done);
    expect(labels).deep.equal([boom, true]);
  });

  it('an iterator that throws at once is like one that rejects', function* () {
    const errors = yield* call(function* () {
      const noIterator = fromAsyncIterable<number>({
        [Symbol.asyncIterator]: () => {
          throw new RangeError('no iterator');
        },
      });
      const noNext = fromAsyncIterable<number>({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw new RangeError('no next');
          },
        }),
      });
      return [yield* failure(noIterator.receive()), yield* failure(noNext.receive())];
    });
    expect(errors.map(String)).deep.equal(['RangeError: no iterator', 'RangeError: no next']);
  });

  it("close() calls the iterator's return once, and waits for it, also in a cancelled scope", function* () {
    const source = byHand();
    const labels: string[] = [];
    const stream = fromAsyncIterable(source.iterable);
    const scope = new CancelScope();
    setTimeout(() => source.answer('an item'), 1);
    yield* scope.run(function* () {
      try {
        yield* stream.receive();
        scope.cancel();
        yield* checkpoint();
      } finally {
        yield* stream.close();
        labels.push(`returned ${source.returned}`);
        yield* stream.close();
      }
    });
    labels.push(`returned ${source.returned}, cancelled ${scope.cancelledCaught}`);
    expect(labels).deep.equal(['returned 1', 'returned 1, cancelled true']);
  });

  it('close() calls return on what nobody has read from, and not on what has ended', function* () {
    const [unread, ended] = [byHand(), byHand()];
    yield* fromAsyncIterable(unread.iterable).close();
    const stream = fromAsyncIterable(ended.iterable);
    setTimeout(ended.end, 1);
    yield* stream.next();
    yield* stream.close();
    expect(((yield* failure(stream.receive())) as Error).name).equal('ClosedResourceError');
    expect([unread.returned, ended.returned]).deep.equal([1, 0]);
  });

  for (const parked of [false, true]) {
    const who = parked ? 'a task is parked' : 'a receive was cancelled';
    it(`close() does not wait for an item that may never come: ${who}`, function* () {
      let answer = (_result: IteratorResult<number>): void => {};
      let asked = 0;
      const generator = (async function* (): AsyncGenerator<number> {
        asked++;
        yield (
          await new Promise<IteratorResult<number>>((resolve) => {
            answer = resolve;
          })
        ).value;
      })();
      const stream = fromAsyncIterable(generator);
      yield* taskGroup(function* (tg) {
        const receiving = tg.startSoon(() => failure(stream.receive()));
        yield* until(hostTurn());
        if (!parked) receiving.cancel();
        yield* stream.close();
        yield* stream.close();
        yield* receiving.wait();
        if (parked) expect(String(yield* receiving)).to.match(/^ClosedResourceError/);
      });
      expect(asked).to.equal(1);
      answer({ done: false, value: 1 }); // now its `return`, which was called, ends it
      yield* until(hostTurn());
      expect(yield* until(generator.next())).to.deep.equal({ done: true, value: undefined });
    });
  }

  it('what next and return reject with after a close that did not wait is no unhandled rejection', function* () {
    let fail = (_error: Error): void => {};
    const pending = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const iterator = { next: () => pending, return: () => pending };
    const stream = fromAsyncIterable({ [Symbol.asyncIterator]: () => iterator });
    yield* taskGroup(function* (tg) {
      tg.startSoon(() => failure(stream.receive()));
      yield* checkpoint();
      yield* stream.close();
    });
    fail(new Error('too late')); // mocha would report it
    yield* until(hostTurn());
  });

  it('close() throws what return rejects with', function* () {
    const error = yield* call(function* () {
      const stream = fromAsyncIterable<number>({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: false, value: 1 }),
          return: () => Promise.reject(new RangeError('stuck')),
        }),
      });
      yield* stream.receive();
      return yield* failure(stream.close());
    });
    expect(ending(error)).equal('RangeError: stuck');
  });

  it('R2: close() fails who waits and who comes later with ClosedResourceError', function* () {
    const source = byHand();
    const labels: string[] = [];
    const stream = fromAsyncIterable(source.iterable);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        labels.push(((yield* failure(stream.receive())) as Error).name);
      });
      yield* checkpoint();
      yield* stream.close();
    });
    source.answer('comes too late');
    labels.push(((yield* failure(stream.receive())) as Error).name);
    expect(labels).deep.equal(['ClosedResourceError', 'ClosedResourceError']);
  });
});

describe('fromAsyncIterable', () => {
  it('whatever is cancelled when: each item is received once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 12 }), fc.nat(8), async (patience, total) => {
        const seen: number[] = [];
        await runOnce(function* () {
          const stream = fromAsyncIterable(
            (async function* () {
              for (let n = 0; n < total; n++) {
                for (let i = 0; i < n % 3; i++) await null;
                yield n;
              }
            })(),
          );
          yield* taskGroup(function* (tg) {
            for (const checkpoints of patience) {
              const scope = new CancelScope();
              const handle = tg.startSoon(() =>
                scope.run(function* () {
                  const result = yield* stream.next();
                  if (result.done !== true) seen.push(result.value);
                }),
              );
              for (let i = 0; i < checkpoints; i++) yield* until(Promise.resolve());
              scope.cancel();
              yield* handle.wait();
            }
          });
          yield* shield(() =>
            stream.forEach(function* (n) {
              seen.push(n);
              yield* checkpoint();
            }),
          );
        });
        expect(seen).deep.equal(Array.from({ length: total }, (_, n) => n));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what is no async iterable', () => {
    const mistakes: (() => unknown)[] = [
      // @ts-expect-error a plain iterable
      () => fromAsyncIterable([1, 2]),
      // @ts-expect-error nothing
      () => fromAsyncIterable(undefined),
      // @ts-expect-error the function in place of what it gives
      () => fromAsyncIterable(count),
    ];
    for (const mistake of mistakes) expect(thrown(mistake)).instanceOf(TypeError);
  });
});

/** takeLatest, takeLeading, debounce, throttle: on the virtual clock, where times are exact. */
import { expect } from 'chai';
import {
  type Coroutine,
  currentTime,
  moveOnAfter,
  type Operation,
  runSync,
  shield,
  sleep,
  taskGroup,
} from 'treadle';
import { debounce } from '../../lib/streams/debounce.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import type { ReceiveStream } from '../../lib/streams/receive-stream.js';
import { takeLatest } from '../../lib/streams/take-latest.js';
import { takeLeading } from '../../lib/streams/take-leading.js';
import { throttle } from '../../lib/streams/throttle.js';
import { specsOn, thrown } from '../support/contract.js';

const it = specsOn('virtual');

type Handler = (item: string) => Operation<unknown>;

/** Feeds each item at its time, closes the stream at `end`, and records when what happened. */
function story(
  items: Readonly<Record<string, number>>,
  end: number,
  handling: (stream: ReceiveStream<string>, fn: Handler) => Operation<void>,
  work: (item: string, log: (line: string) => void) => Coroutine<void>,
): string[] {
  const lines: string[] = [];
  runSync(function* () {
    const start = currentTime();
    const log = (line: string) => void lines.push(`${currentTime() - start} ${line}`);
    const [send, receive] = createMemoryObjectStream<string>();
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        for (const [item, at] of Object.entries(items)) {
          yield* sleep(at - (currentTime() - start));
          yield* send.send(item);
        }
        yield* sleep(end - (currentTime() - start));
        send.close();
      });
      yield* handling(receive, (item) => work(item, log));
      log('over');
    });
  });
  return lines;
}

/** Takes 10 ms. */
function* slow(item: string, log: (line: string) => void): Coroutine<void> {
  log(`begin ${item}`);
  let outcome = 'cancelled';
  try {
    yield* sleep(10);
    outcome = 'end';
  } finally {
    log(`${outcome} ${item}`);
  }
}

function* note(item: string, log: (line: string) => void): Coroutine<void> {
  log(item);
}

describe('takeLatest', () => {
  it('cancels the task of the item before, and waits for the last', () => {
    expect(story({ a: 0, b: 4, c: 20 }, 21, takeLatest, slow)).to.deep.equal([
      '0 begin a',
      '4 cancelled a',
      '4 begin b',
      '14 end b',
      '20 begin c',
      '30 end c',
      '30 over',
    ]);
  });

  it('awaits the clean-up of the loser before the next begins', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<string>(Infinity);
    for (const item of ['a', 'b']) send.sendNowait(item);
    send.close();
    yield* takeLatest(receive, function* (item) {
      log.push(`begin ${item}`);
      try {
        yield* sleep(10);
      } finally {
        yield* shield(() => sleep(5));
        log.push(`end ${item}`);
      }
    });
    expect(log).to.deep.equal(['begin a', 'end a', 'begin b', 'end b']);
  });

  it('throws the very error of a task, and the others are cancelled', () => {
    const failure = new Error('broken thread');
    const error = thrown(() =>
      runSync(function* () {
        const [send, receive] = createMemoryObjectStream<string>(1);
        send.sendNowait('a');
        yield* takeLatest(receive, function* () {
          throw failure;
        });
      }),
    );
    expect(error).to.equal(failure);
  });
});

describe('takeLeading', () => {
  it('drops what comes while a task is at work', () => {
    expect(story({ a: 0, b: 4, c: 9, d: 11 }, 12, takeLeading, slow)).to.deep.equal([
      '0 begin a',
      '10 end a',
      '11 begin d',
      '21 end d',
      '21 over',
    ]);
  });
});

describe('debounce', () => {
  const by = (ms: number) => (stream: ReceiveStream<string>, fn: Handler) => debounce(stream, ms, fn);

  it('handles an item once it has been quiet after it', () => {
    expect(story({ a: 0, b: 3, c: 6, d: 20 }, 50, by(5), note)).to.deep.equal(['11 c', '25 d', '50 over']);
  });

  it('handles the last item at once when the stream ends', () => {
    expect(story({ a: 0, b: 3 }, 4, by(5), note)).to.deep.equal(['4 b', '4 over']);
  });

  it('a slow task does not hold up the next', () => {
    expect(story({ a: 0, b: 3 }, 4, by(1), slow)).to.deep.equal([
      '1 begin a',
      '4 begin b',
      '11 end a',
      '14 end b',
      '14 over',
    ]);
  });
});

describe('throttle', () => {
  const by = (ms: number) => (stream: ReceiveStream<string>, fn: Handler) => throttle(stream, ms, fn);

  it('handles the first item at once, then the newest when the time is over', () => {
    expect(story({ a: 0, b: 2, c: 4, d: 30 }, 50, by(10), note)).to.deep.equal([
      '0 a',
      '10 c',
      '30 d',
      '50 over',
    ]);
  });

  it('the newest is handled in its time also when the stream has ended', () => {
    expect(story({ a: 0, b: 2, c: 4 }, 5, by(10), note)).to.deep.equal(['0 a', '10 c', '10 over']);
  });

  it('Infinity: the first item only', () => {
    expect(story({ a: 0, b: 2, c: 4 }, 5, by(Infinity), note)).to.deep.equal(['0 a', '5 over']);
  });
});

describe('handlers of streams', () => {
  const handlers = {
    takeLatest,
    takeLeading,
    debounce: (stream: ReceiveStream<string>, fn: Handler) => debounce(stream, 3, fn),
    throttle: (stream: ReceiveStream<string>, fn: Handler) => throttle(stream, 3, fn),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    it(`${name}: cancelled from outside it cancels its tasks, awaits them, and leaves the stream open`, function* () {
      const log: string[] = [];
      const [send, receive] = createMemoryObjectStream<string>(2);
      send.sendNowait('a');
      yield* moveOnAfter(5, () =>
        handler(receive, function* (item) {
          try {
            yield* sleep(100);
          } finally {
            log.push(`${item} is cleaned up at ${currentTime()}`);
          }
        }),
      );
      send.sendNowait('b');
      log.push(`then ${receive.receiveNowait()}`);
      expect(log).to.deep.equal(['a is cleaned up at 5', 'then b']);
    });

    it(`${name}: ends at once on an ended stream, and refuses what is no function before it starts`, function* () {
      const [send, receive] = createMemoryObjectStream<string>();
      send.close();
      yield* handler(receive, function* () {});
      expect(thrown(() => Reflect.apply(handler, undefined, [receive, undefined]))).to.be.instanceOf(
        TypeError,
      );
    });
  }

  it('refuse durations that are none', () => {
    const [, receive] = createMemoryObjectStream<string>();
    for (const helper of [debounce, throttle]) {
      for (const ms of [-1, Number.NaN]) {
        expect(thrown(() => helper(receive, ms, function* () {}))).to.be.instanceOf(RangeError);
      }
      const error = thrown(() => Reflect.apply(helper, undefined, [receive, '1', function* () {}]));
      expect(error).to.be.instanceOf(TypeError);
    }
  });
});

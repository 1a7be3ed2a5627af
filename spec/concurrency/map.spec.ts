/** `map`: order, the limit, the three kinds of sources, and how it is left. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  attempt,
  type Coroutine,
  cancelScope,
  currentTime,
  EndOfStream,
  ExceptionGroup,
  moveOnAfter,
  run,
  runSync,
  sleep,
  sleepForever,
} from 'treadle';
import { asCompleted } from '../../lib/concurrency/as-completed.js';
import { map } from '../../lib/concurrency/map.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { same } from '../support/types.js';

function* double(n: number): Coroutine<number> {
  yield* sleep(5 - n);
  return 2 * n;
}

function* countTo(n: number, labels: unknown[]): Generator<number> {
  try {
    for (let i = 1; i <= n; i++) {
      labels.push(`gives ${i}`);
      yield i;
    }
  } finally {
    labels.push('left');
  }
}

async function* countSlowly(n: number, labels: unknown[]): AsyncGenerator<number> {
  try {
    for (let i = 1; i <= n; i++) {
      await Promise.resolve();
      yield i;
    }
  } finally {
    await Promise.resolve();
    labels.push('left');
  }
}

onEachBackend('map', (run, { it }) => {
  it('gives the results in the order of the items, whichever ends first', async () => {
    expect(await run(() => map([1, 2, 3], double))).to.deep.equal([2, 4, 6]);
    expect(await run(() => map(new Set([3, 1]), double, { limit: 1 }))).to.deep.equal([6, 2]);
  });

  it('R4: ends at once on nothing, with nothing', function* () {
    expect(yield* map([], double)).to.deep.equal([]);
  });

  it('runs at most `limit` at a time, and takes an item only when there is a task free for it', function* () {
    const labels: unknown[] = [];
    yield* map(
      countTo(3, labels),
      function* (n) {
        labels.push(`begins ${n}`);
        if (n === 1) yield* sleep(1);
        else while (!labels.includes(n === 2 ? 'begins 3' : 'left')) yield* sleep(1);
        labels.push(`ends ${n}`);
      },
      { limit: 2 },
    );
    expect(labels).to.deep.equal([
      'gives 1',
      'gives 2',
      'begins 1',
      'begins 2',
      'ends 1',
      'gives 3',
      'begins 3',
      'ends 2',
      'left', // with a task free again, one more is asked for, and there is none
      'ends 3',
    ]);
  });

  it('reads an async iterable on demand', function* () {
    const labels: unknown[] = [];
    expect(yield* map(countSlowly(3, labels), double, { limit: 2 })).to.deep.equal([2, 4, 6]);
    expect(labels).to.deep.equal(['left']);
  });

  it('reads an iterator whose next and return give plain results, as for await does', function* () {
    const labels: unknown[] = [];
    let n = 0;
    const items = {
      [Symbol.asyncIterator]: () => ({
        next: () => ({ done: false, value: ++n }),
        return: () => labels.push('left'),
      }),
    } as unknown as AsyncIterable<number>;
    const boom = new Error('boom');
    const mapping = map(
      items,
      function* (item) {
        yield* sleep(1);
        labels.push(item);
        if (item === 2) throw boom;
      },
      { limit: 1 },
    );
    const outcome = yield* attempt(mapping);
    expect(!outcome.ok && (outcome.error as ExceptionGroup).errors).to.deep.equal([boom]);
    expect(labels).to.deep.equal([1, 2, 'left']);
  });

  it('reads a receive stream', function* () {
    function* after(ms: number, value: number): Coroutine<number> {
      yield* sleep(ms);
      return value;
    }
    const values = yield* asCompleted([after(100, 2), after(1, 6)], (completed) =>
      map(
        completed,
        function* (handle) {
          return handle.returnValue;
        },
        { limit: 1 },
      ),
    );
    expect(values).to.deep.equal([6, 2]);
  });

  it('R4: throws a group; the others are cancelled and awaited, the source is left', async () => {
    for (const source of [countTo, countSlowly]) {
      const labels: unknown[] = [];
      const boom = new Error('boom');
      const error = await rejection(
        run(() =>
          map(
            source(9, labels),
            function* (n) {
              if (n === 2) throw boom;
              try {
                yield* sleepForever();
              } finally {
                labels.push(`${n} has ended`);
              }
            },
            { limit: 2 },
          ),
        ),
      );
      expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([boom]);
      expect(labels.slice(-2)).to.have.members(['1 has ended', 'left']);
    }
  });

  it('an error of the source is in the group, and the source is not closed: it has ended', async () => {
    const boom = new Error('boom');
    let closed = 0;
    const source = {
      [Symbol.iterator]: () => ({
        next: (): IteratorResult<number> => {
          throw boom;
        },
        return: () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const error = await rejection(run(() => map(source, double)));
    expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([boom]);
    expect(closed).to.equal(0);
  });

  it('an effect is a value: an array is mapped anew each time', async () => {
    const effect = map([1, 2], double);
    expect(
      await run(function* () {
        return [yield* effect, yield* effect];
      }),
    ).to.deep.equal([
      [2, 4],
      [2, 4],
    ]);
  });
});

describe('map, given something bad', () => {
  it('refuses it at the call', () => {
    const bad: [unknown, unknown, unknown, new () => Error, RegExp][] = [
      [7, double, undefined, TypeError, /iterable/],
      [null, double, undefined, TypeError, /iterable/],
      [sleep(1), double, undefined, TypeError, /iterable/],
      [[1], undefined, undefined, TypeError, /generator function/],
      [[1], double, 4, TypeError, /the options of map.* not 4/],
      [[1], double, { limit: 0 }, RangeError, /limit/],
      [[1], double, { limit: -1 }, RangeError, /limit/],
      [[1], double, { limit: 1.5 }, RangeError, /limit/],
      [[1], double, { limit: Number.NaN }, RangeError, /limit/],
      [[1], double, { limit: '2' }, TypeError, /limit/],
    ];
    for (const [items, fn, options, type, message] of bad) {
      const error = thrown(() => map(items as number[], fn as typeof double, options as { limit: number }));
      expect(error).to.be.instanceOf(type).with.property('message').match(message);
    }
  });

  it('an async function is an error that says so, in the group', async () => {
    const error = await rejection(run(() => map([1], (async () => 1) as never), { backend: 'virtual' }));
    expect((error as ExceptionGroup).errors[0])
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .match(/async function/);
  });
});

describe('map, over iterators that are none', () => {
  for (const name of ['iterator', 'asyncIterator'] as const) {
    for (const given of [5, null, undefined]) {
      it(`next() of a Symbol.${name} gives ${given}: a TypeError, as in a for loop, and not the same for ever`, async () => {
        const items = { [Symbol[name]]: () => ({ next: () => given }) } as unknown as Iterable<number>;
        const error = await rejection(run(() => map(items, double, { limit: 2 }), { backend: 'node' }));
        expect((error as ExceptionGroup).errors.map(String)).to.deep.equal([
          `TypeError: an iterator's next() gives { done, value }, not ${given}`,
        ]);
      });
    }
  }
});

describe('map, over real promises', () => {
  it('cancelled while it waits for an item, it does not wait for one that never comes', async () => {
    async function* stuck(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    const labels: unknown[] = [];
    await run(
      function* () {
        labels.push(yield* moveOnAfter(3, () => map(stuck(), double), { otherwise: 'gave up' }));
      },
      { backend: 'node' },
    );
    expect(labels).to.deep.equal(['gave up']);
  });
});

describe('map, against a model', () => {
  it('keeps order and limit for any durations, and takes as long as a list scheduler', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (durations, limit) => {
          let running = 0;
          let most = 0;
          const [values, time] = runSync(
            function* () {
              const results = yield* map(
                durations,
                function* (ms) {
                  most = Math.max(most, ++running);
                  yield* sleep(ms);
                  running--;
                  return ms;
                },
                { limit },
              );
              return [results, currentTime()] as const;
            },
            { backend: 'virtual' },
          );
          // The model: each item goes to the place that is free first.
          const places = new Array<number>(limit).fill(0);
          for (const ms of durations) {
            const first = places.indexOf(Math.min(...places));
            places[first] = (places[first] ?? 0) + ms;
          }
          expect(values).to.deep.equal(durations);
          expect(most).to.be.at.most(limit);
          expect(time).to.equal(Math.max(...places));
        },
      ),
      { numRuns: 100 },
    );
  });
});

onEachBackend('asCompleted', (run, { it }) => {
  it('gives the handles in the order in which the tasks end', function* () {
    const values = yield* asCompleted([double(1), double(4), double(2)], function* (completed) {
      const seen: number[] = [];
      yield* completed.forEach(function* (handle) {
        seen.push(yield* handle);
      });
      return seen;
    });
    expect(values).to.deep.equal([8, 4, 2]);
  });

  it('receive() throws EndOfStream after the last, next() is done', function* () {
    const labels: unknown[] = [];
    yield* asCompleted([double(4)], function* (completed) {
      labels.push((yield* completed.receive()).returnValue, (yield* completed.next()).done);
      try {
        yield* completed.receive();
      } catch (error) {
        labels.push(error instanceof EndOfStream);
      }
    });
    expect(labels).to.deep.equal([8, true, true]);
  });

  it('R4: on nothing the stream has ended, and the body gives the value', function* () {
    const value = yield* asCompleted([], function* (completed) {
      return (yield* completed.next()).done;
    });
    expect(value).to.equal(true);
  });

  it('cancels and awaits what still runs when the body returns', function* () {
    const labels: unknown[] = [];
    function* slow(): Coroutine<never> {
      try {
        return yield* sleepForever();
      } finally {
        labels.push('slow has ended');
      }
    }
    labels.push(
      yield* asCompleted([slow(), double(4)], function* (completed) {
        return (yield* completed.receive()).returnValue;
      }),
    );
    expect(labels).to.deep.equal(['slow has ended', 8]);
  });

  it('R4: throws a group when an operation fails; the body is cancelled', async () => {
    const boom = new Error('boom');
    const labels: unknown[] = [];
    const error = await rejection(
      run(() =>
        asCompleted(
          [
            sleepForever(),
            (function* () {
              yield* sleep(1);
              throw boom;
            })(),
          ],
          function* (completed) {
            try {
              yield* completed.receive();
              yield* completed.receive();
            } finally {
              labels.push('the body ends');
            }
          },
        ),
      ),
    );
    expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([boom]);
    expect(labels).to.deep.equal(['the body ends']);
  });

  it('serves several who wait in order, and ends for those who wait in vain', function* () {
    const labels: unknown[] = [];
    yield* asCompleted([double(4), double(2)], (completed) =>
      map(['a', 'b', 'c'], function* (who) {
        const step = yield* completed.next();
        labels.push(`${who}: ${step.done ? 'nothing' : step.value.returnValue}`);
      }),
    );
    expect(labels).to.deep.equal(['a: 8', 'b: 4', 'c: nothing']);
  });

  it('a receive that is cancelled loses no handle', function* () {
    const value = yield* asCompleted([double(2)], function* (completed) {
      yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* completed.receive();
      });
      yield* moveOnAfter(1, () => completed.receive());
      return (yield* completed.receive()).returnValue;
    });
    expect(value).to.equal(4);
  });
});

describe('types: map and asCompleted', () => {
  it('know items and results', () => {
    runSync(
      function* () {
        const texts = yield* map([1, 2], function* (n) {
          same<typeof n, number>();
          return String(n);
        });
        same<typeof texts, string[]>();
        const first = yield* asCompleted([double(1)], function* (completed) {
          return (yield* completed.receive()).returnValue;
        });
        same<typeof first, number>();
        const all = yield* asCompleted([double(1), map([1], () => sleep(1))], function* (completed) {
          return (yield* completed.receive()).returnValue;
        });
        same<typeof all, number | void[]>();
      },
      { backend: 'virtual' },
    );
  });
});

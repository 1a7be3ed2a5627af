/** `race`, `any` and `allSettled`. */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  currentTask,
  ExceptionGroup,
  runSync,
  shield,
  sleep,
  sleepForever,
} from 'treadle';
import { allSettled } from '../../lib/concurrency/all-settled.js';
import { any } from '../../lib/concurrency/any.js';
import { race } from '../../lib/concurrency/race.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { same } from '../support/types.js';

function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

function* failing(ms: number, error: unknown): Coroutine<never> {
  yield* sleep(ms);
  throw error;
}

function* loser(labels: unknown[], error?: Error): Coroutine<never> {
  try {
    return yield* sleepForever();
  } finally {
    yield* shield(() => sleep(1));
    labels.push('the loser has ended');
    if (error !== undefined) fail(error);
  }
}

function fail(error: Error): never {
  throw error;
}

onEachBackend('race', (run, { it }) => {
  it('gives the value of the first to end; the losers have been cancelled and awaited', function* () {
    const labels: unknown[] = [];
    labels.push(yield* race([loser(labels), after(1, 'won'), loser(labels)]));
    expect(labels).to.deep.equal(['the loser has ended', 'the loser has ended', 'won']);
  });

  it('R4: throws the error of the first to end itself', async () => {
    const labels: unknown[] = [];
    const boom = new Error('boom');
    expect(await rejection(run(() => race([loser(labels), failing(1, boom), after(50, 'late')])))).to.equal(
      boom,
    );
    expect(labels).to.deep.equal(['the loser has ended']);
  });

  it("loses no error: one of a loser's clean-up fails the race", async () => {
    const boom = new Error('boom');
    expect(await rejection(run(() => race([after(1, 'won'), loser([], boom)])))).to.equal(boom);
  });

  it('has one winner, also when a loser swallows the cancellation and returns', function* () {
    function* stubborn(): Coroutine<string> {
      try {
        yield* sleepForever();
      } catch {}
      return 'too late';
    }
    expect(yield* race([stubborn(), after(1, 'won')])).to.equal('won');
  });

  it('a tie goes to the one that ends first in the queue', function* () {
    expect(yield* race([after(0, 'a'), after(0, 'b')])).to.equal('a');
  });

  it('undefined can win', function* () {
    expect(yield* race([sleep(1), after(50, 'late')])).to.equal(undefined);
  });

  it('R4: race([]) is a RangeError, at the call', () => {
    expect(thrown(() => race([]))).to.be.instanceOf(RangeError);
  });

  it('names its tasks by what they run, or by their place', function* () {
    const names = yield* race([
      (function* () {
        return yield* after(1, currentTask().name);
      })(),
      sleepForever(),
    ]);
    expect(names).to.equal('race[0]');
  });
});

onEachBackend('any', (run, { it }) => {
  it('gives the value of the first to succeed; the rest have been cancelled and awaited', function* () {
    const labels: unknown[] = [];
    labels.push(yield* any([failing(0, new Error('early')), loser(labels), after(2, 'won')]));
    expect(labels).to.deep.equal(['the loser has ended', 'won']);
  });

  it('R4: throws a group when all failed, in the order in which they did', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const error = await rejection(run(() => any([failing(5, second), failing(1, first)])));
    expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([first, second]);
  });

  it('R4: any([]) is a RangeError, at the call', () => {
    expect(thrown(() => any([]))).to.be.instanceOf(RangeError);
  });
});

onEachBackend('allSettled', (run, { it }) => {
  it('gives each outcome in order; a failure leaves the others alone', async () => {
    const boom = new Error('boom');
    expect(await run(() => allSettled([after(3, 'slow'), failing(1, boom), after(2, 'fast')]))).to.deep.equal(
      [
        { status: 'fulfilled', value: 'slow' },
        { status: 'rejected', reason: boom },
        { status: 'fulfilled', value: 'fast' },
      ],
    );
    expect(await run(() => allSettled([]))).to.deep.equal([]);
  });

  it('takes cancellation for no outcome: it goes on outwards', function* () {
    const labels: unknown[] = [];
    yield* cancelScope(function* (scope) {
      yield* allSettled([
        loser(labels),
        (function* () {
          yield* sleep(1);
          scope.cancel();
        })(),
      ]);
      labels.push('not reached');
    });
    expect(labels).to.deep.equal(['the loser has ended']);
  });
});

describe('types: race, any and allSettled', () => {
  it('know the types of the results', () => {
    runSync(
      function* () {
        const raced = yield* race([after(1, 'text'), after(2, 2)]);
        same<typeof raced, string | number>();
        const first = yield* any([after(1, 'text'), failing(1, new Error())]);
        same<typeof first, string>();
        const settled = yield* allSettled([after(1, 'text'), after(1, 2)]);
        same<typeof settled, [PromiseSettledResult<string>, PromiseSettledResult<number>]>();
      },
      { backend: 'virtual' },
    );
  });
});

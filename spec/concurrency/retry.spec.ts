/** `attempt`, `retry` and `every`. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  currentTime,
  ExceptionGroup,
  isCancelled,
  moveOnAfter,
  type Operation,
  runSync,
  sleep,
  sleepForever,
} from 'treadle';
import { attempt } from '../../lib/concurrency/attempt.js';
import { every } from '../../lib/concurrency/every.js';
import { type RetryPolicy, retry } from '../../lib/concurrency/retry.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { same } from '../support/types.js';

/** When `fn` was called, for a policy, when it always fails; and the error. */
function timesOf(policy: RetryPolicy, ms = 0): [times: number[], error: unknown] {
  const times: number[] = [];
  const error = thrown(() =>
    runSync(
      () =>
        retry(function* (attempt) {
          times.push(currentTime());
          yield* sleep(ms);
          throw new Error(`attempt ${attempt}`);
        }, policy),
      { backend: 'virtual' },
    ),
  );
  return [times, error];
}

function message(error: unknown): string {
  return (error as Error).message;
}

onEachBackend('attempt', (run, { it }) => {
  it('gives a value or an error', function* () {
    const boom = new Error('boom');
    const outcomes = yield* call(function* () {
      const good = yield* attempt(sleep(1));
      const bad = yield* attempt(
        (function* (): Coroutine<number> {
          yield* checkpoint();
          throw boom;
        })(),
      );
      if (bad.ok) same<typeof bad.value, number>();
      return [good, bad];
    });
    expect(outcomes).to.deep.equal([
      { ok: true, value: undefined },
      { ok: false, error: boom },
    ]);
  });

  it('never catches cancellation, bare or in a group', function* () {
    const labels: unknown[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel();
      yield* attempt(sleepForever());
      labels.push('not reached');
    });
    yield* cancelScope(function* (scope) {
      scope.cancel();
      yield* attempt(
        (function* () {
          try {
            yield* checkpoint();
          } catch (error) {
            throw new ExceptionGroup([error]);
          }
        })(),
      );
      labels.push('not reached');
    });
    labels.push('done');
    expect(labels).to.deep.equal(['done']);
  });

  it('V1: refuses what is no operation, and a coroutine that was given before: that is no outcome', async () => {
    expect(thrown(() => attempt(7 as unknown as Operation<void>))).to.be.instanceOf(TypeError);
    const error = await rejection(
      run(function* () {
        const once = attempt((function* () {})());
        yield* once;
        yield* once;
      }),
    );
    expect(error).to.be.instanceOf(TypeError);
  });
});

onEachBackend('retry', (run, { it }) => {
  it('gives the first value; fn is told which attempt it is', function* () {
    const value = yield* retry(
      function* (attempt) {
        yield* checkpoint();
        if (attempt < 3) throw new Error('not yet');
        return attempt;
      },
      { delay: 1 },
    );
    expect(value).to.equal(3);
  });

  it('throws the last error itself when the attempts are used up', async () => {
    const error = await rejection(
      run(() =>
        retry(
          function* (attempt) {
            yield* checkpoint();
            throw new Error(`attempt ${attempt}`);
          },
          { attempts: 2, delay: 0 },
        ),
      ),
    );
    expect(message(error)).to.equal('attempt 2');
  });

  it('never retries cancellation, and a pause can be cancelled', function* () {
    const labels: unknown[] = [];
    yield* moveOnAfter(2, () =>
      retry(function* (attempt) {
        labels.push(attempt);
        yield* sleepForever();
      }),
    );
    yield* moveOnAfter(2, () =>
      retry(
        function* (attempt) {
          labels.push(attempt);
          yield* checkpoint();
          throw new Error('boom');
        },
        { delay: 1_000 },
      ),
    );
    expect(labels).to.deep.equal([1, 1]);
  });

  it('an error in a cancelled scope goes out: it is not lost in a pause that cannot be', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        cancelScope(function* (scope) {
          yield* retry(function* () {
            scope.cancel();
            try {
              yield* checkpoint();
            } catch (cancelled) {
              if (isCancelled(cancelled)) throw boom;
            }
          });
        }),
      ),
    );
    expect(error).to.equal(boom);
  });
});

describe('retry, its pauses', () => {
  it('by default three attempts, after 100 and 200 ms', () => {
    expect(timesOf({})[0]).to.deep.equal([0, 100, 300]);
  });

  it('grow by the factor, up to maxDelay', () => {
    expect(timesOf({ attempts: 5, delay: 10, factor: 3, maxDelay: 50 })[0]).to.deep.equal([
      0, 10, 40, 90, 140,
    ]);
  });

  it('come from a function of the attempt that failed', () => {
    expect(timesOf({ attempts: 4, delay: (attempt) => attempt * 10 })[0]).to.deep.equal([0, 10, 30, 60]);
  });

  it('totalTime begins no attempt that would be too late', () => {
    const [times, error] = timesOf({ attempts: Infinity, delay: 10, factor: 1, totalTime: 50 }, 5);
    expect(times).to.deep.equal([0, 15, 30, 45]);
    expect(message(error)).to.equal('attempt 4');
    expect(timesOf({ attempts: Infinity, delay: 0, totalTime: 0 })[0]).to.deep.equal([0]);
  });

  it('an infinite pause gives up', () => {
    expect(timesOf({ delay: (attempt) => (attempt === 2 ? Infinity : 1) })[0]).to.deep.equal([0, 1]);
  });

  it('retryIf says which errors are worth it', () => {
    const [times, error] = timesOf({
      attempts: 9,
      delay: 1,
      factor: 1,
      retryIf: (e) => message(e) !== 'attempt 3',
    });
    expect(times).to.deep.equal([0, 1, 2]);
    expect(message(error)).to.equal('attempt 3');
  });

  it('with a seed jitter takes off the same each time, of each run of one effect too', () => {
    const policy = { attempts: 6, delay: 100, jitter: 0.5, seed: 7 };
    const [times] = timesOf(policy);
    expect(timesOf(policy)[0]).to.deep.equal(times);
    expect(timesOf({ ...policy, seed: 8 })[0]).not.to.deep.equal(times);
    expect(timesOf({ ...policy, seed: 7.5 })[0]).not.to.deep.equal(times);
  });

  it('are within their bounds for any policy', () => {
    fc.assert(
      fc.property(
        fc.record({
          attempts: fc.integer({ min: 1, max: 8 }),
          delay: fc.integer({ min: 0, max: 1000 }),
          factor: fc.double({ min: 1, max: 4, noNaN: true }),
          maxDelay: fc.integer({ min: 0, max: 5000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
          seed: fc.integer(),
        }),
        (policy) => {
          const [times] = timesOf(policy);
          expect(times).to.have.length(policy.attempts);
          for (let failed = 1; failed < times.length; failed++) {
            const pause = (times[failed] as number) - (times[failed - 1] as number);
            const full = Math.min(policy.delay * policy.factor ** (failed - 1), policy.maxDelay);
            expect(pause).to.be.within(full * (1 - policy.jitter) - 1e-6, full + 1e-6);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('bad policies are refused at the call', () => {
    function* fn(): Coroutine<void> {}
    const bad: [policy: object, type: new () => Error, message: RegExp][] = [
      [{ attempts: 0 }, RangeError, /attempts/],
      [{ attempts: 1.5 }, RangeError, /attempts/],
      [{ attempts: '3' }, TypeError, /attempts/],
      [{ delay: -1 }, RangeError, /delay/],
      [{ delay: 'soon' }, TypeError, /delay/],
      [{ factor: 0.5 }, RangeError, /factor/],
      [{ factor: Infinity }, RangeError, /factor/],
      [{ maxDelay: Number.NaN }, RangeError, /maxDelay/],
      [{ jitter: 1.1 }, RangeError, /jitter/],
      [{ seed: Number.NaN }, RangeError, /seed/],
      [{ totalTime: -1 }, RangeError, /totalTime/],
      [{ retryIf: true }, TypeError, /retryIf/],
    ];
    for (const [policy, type, text] of bad) {
      expect(
        thrown(() => retry(fn, policy as RetryPolicy)),
        JSON.stringify(policy),
      )
        .to.be.instanceOf(type)
        .with.property('message')
        .match(text);
    }
    expect(thrown(() => retry(fn() as never))).to.be.instanceOf(TypeError);
    expect(message(timesOf({ delay: () => -1 })[1])).to.match(/delay\(1\)/);
  });
});

describe('every', () => {
  function callsOf(ms: number, takes: number[], until: number): number[] {
    const times: number[] = [];
    runSync(
      () =>
        moveOnAfter(until, () =>
          every(ms, function* () {
            times.push(currentTime());
            yield* sleep(takes.shift() ?? 0);
          }),
        ),
      { backend: 'virtual' },
    );
    return times;
  }

  it('calls at fixed times, the first after one interval, without drift', () => {
    expect(callsOf(10, [3, 3, 3], 45)).to.deep.equal([10, 20, 30, 40]);
  });

  it('never overlaps: what was due meanwhile is left out, what is due right now is not', () => {
    expect(callsOf(10, [25, 10], 75)).to.deep.equal([10, 40, 50, 60, 70]);
  });

  it('throws what fn throws', () => {
    const boom = new Error('boom');
    expect(
      thrown(() =>
        runSync(
          () =>
            every(10, () => {
              throw boom;
            }),
          { backend: 'virtual' },
        ),
      ),
    ).to.equal(boom);
  });

  it('V3: refuses bad intervals, and what is no function', () => {
    const nothing = () => checkpoint();
    expect(thrown(() => every(-1, nothing))).to.be.instanceOf(RangeError);
    expect(thrown(() => every(Number.NaN, nothing))).to.be.instanceOf(RangeError);
    expect(thrown(() => every('1' as never, nothing))).to.be.instanceOf(TypeError);
    expect(thrown(() => every(1, undefined as never))).to.be.instanceOf(TypeError);
  });

  it('every(0) lets others run', () => {
    expect(callsOf(0, [1, 1, 1, 1], 3)).to.deep.equal([0, 1, 2]);
  });
});

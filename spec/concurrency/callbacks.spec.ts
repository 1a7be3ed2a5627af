/** What helpers say of the functions that they are given, and make of a Cancelled that was kept. */
import { expect } from 'chai';
import {
  allSettled,
  any,
  asCompleted,
  attempt,
  Condition,
  type Coroutine,
  cancelScope,
  cancelShieldedCheckpoint,
  checkpoint,
  createMemoryObjectStream,
  debounce,
  deferring,
  ExceptionGroup,
  every,
  isCancelled,
  moveOnAfter,
  type Operation,
  type ReceiveStream,
  retry,
  runSync,
  sleep,
  supervise,
  takeLatest,
  takeLeading,
  throttle,
  use,
  withPortal,
} from 'treadle';
import { onEachBackend, thrown } from '../support/contract.js';
import { failure } from '../support/outcome.js';

const plain = (() => undefined) as unknown as () => Operation<never>;

/** A stream of one item. */
function one(): ReceiveStream<number> {
  const [send, receive] = createMemoryObjectStream<number>(1);
  send.sendNowait(1);
  send.close();
  return receive;
}

function message(error: unknown): string {
  const only = error instanceof ExceptionGroup && error.errors.length === 1 ? error.errors[0] : error;
  return only instanceof TypeError ? only.message : `no TypeError but ${String(only)}`;
}

describe('a plain function in the place of a generator function', () => {
  const calls: readonly [where: string, mistake: () => Operation<unknown>][] = [
    ['every(ms, fn)', () => every(1, plain)],
    ['retry(fn, policy)', () => retry(plain, { attempts: 1 })],
    ['use(resource, body)', () => use(checkpoint(), plain, () => {})],
    ['deferring(body)', () => deferring(plain)],
    ['asCompleted(operations, body)', () => asCompleted([checkpoint()], plain)],
    ['supervise(body, options)', () => supervise(plain, { onError: 'isolate' })],
    ['withPortal(body)', () => withPortal(plain)],
    ['debounce(stream, ms, fn)', () => debounce(one(), 1, plain)],
    ['throttle(stream, ms, fn)', () => throttle(one(), 1, plain)],
    ['takeLatest(stream, fn)', () => takeLatest(one(), plain)],
    ['takeLeading(stream, fn)', () => takeLeading(one(), plain)],
  ];
  for (const [where, mistake] of calls) {
    it(`${where}: the error names the call that the user wrote`, () => {
      const error = thrown(() => runSync(mistake));
      expect(message(error)).to.equal(
        `${where} was given a function that returned undefined; write it as function*, or return an operation from it`,
      );
    });
  }
});

onEachBackend('callbacks that nobody waits for', (_run, { it }) => {
  it("supervise's onFailure: an async one is refused, and the failure is not lost", function* () {
    const boom = new Error('boom');
    for (const onFailure of [() => Promise.reject(new Error('unseen')), () => checkpoint()]) {
      const error = yield* failure(
        supervise(
          function* (supervisor) {
            supervisor.startSoon(function* () {
              yield* checkpoint();
              throw boom;
            });
          },
          { onError: 'isolate', onFailure: onFailure as () => void },
        ),
      );
      expect(message(error)).to.match(
        /supervise's onFailure .* not waited for; it gave (a promise|an operation)/,
      );
      expect((error as ExceptionGroup).leaves().map((leaf) => (leaf as Error).cause)).to.deep.equal([boom]);
    }
    yield* sleep(1); // an unhandled rejection would fail the run of mocha
  });

  it("retry's retryIf and a condition's predicate too", function* () {
    const unseen = () => Promise.reject(new Error('unseen'));
    const refused = yield* failure(
      retry(
        function* () {
          yield* checkpoint();
          throw new Error('boom');
        },
        { retryIf: unseen as unknown as () => boolean },
      ),
    );
    expect(message(refused)).to.match(/retry's retryIf .* not waited for; it gave a promise/);
    const condition = new Condition();
    using _ = yield* condition.acquire();
    expect(message(yield* failure(condition.waitFor(unseen)))).to.match(/the predicate gave a promise/);
    yield* sleep(1);
  });
});

onEachBackend('C11 a kept Cancelled in a helper that catches', (_run, { it }) => {
  function* keeping(): Coroutine<unknown> {
    const kept: unknown[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel('kept');
      kept.push(yield* failure(checkpoint()));
    });
    return kept[0];
  }

  function* throwing(kept: unknown): Coroutine<never> {
    yield* cancelShieldedCheckpoint();
    throw kept;
  }

  function expectKept(error: unknown, kept: unknown): void {
    expect(error).to.be.instanceOf(Error);
    expect(isCancelled(error), 'still a Cancelled').to.equal(false);
    expect((error as Error).message).to.match(/nothing is cancelled/);
    expect((error as Error).cause).to.equal(kept);
  }

  it('C11: is an error like any other: attempt, allSettled, any', function* () {
    const kept = yield* keeping();
    const outcome = yield* attempt(throwing(kept));
    expectKept(outcome.ok ? undefined : outcome.error, kept);
    const [settled] = yield* allSettled([throwing(kept)]);
    expectKept(settled.status === 'rejected' ? settled.reason : undefined, kept);
    expect(
      yield* any([
        throwing(kept),
        (function* () {
          yield* sleep(1);
          return 'the other';
        })(),
      ]),
    ).to.equal('the other');
  });

  it('C11: retry tries again, and supervise reports it', function* () {
    const kept = yield* keeping();
    const seen: unknown[] = [];
    const value = yield* retry(
      (attempt) => (attempt === 1 ? throwing(kept) : (checkpoint() as Operation<unknown>)),
      { delay: 0, retryIf: (error) => seen.push(error) > 0 },
    );
    expect(value).to.equal(undefined);
    const task = yield* supervise(
      function* (supervisor) {
        return supervisor.startSoon(throwing, kept);
      },
      { onError: 'isolate', onFailure: ({ error }) => seen.push(error) },
    );
    expect(task.status).to.equal('failed');
    expect(seen.length).to.equal(2);
    for (const error of seen) expectKept(error, kept);
  });

  it('one in a group is turned too; a group with a cancellation on its way is not held up', function* () {
    const kept = yield* keeping();
    const outcome = yield* attempt(throwing(new ExceptionGroup([new RangeError('mine'), kept], 'mixed')));
    if (outcome.ok) throw new Error('it did not fail');
    const [mine, stale] = (outcome.error as ExceptionGroup).errors;
    expect(mine).to.be.instanceOf(RangeError);
    expectKept(stale, kept);
    const story: unknown[] = [];
    const error = yield* failure(
      moveOnAfter(0, function* () {
        const live = yield* failure(sleep(1));
        story.push(isCancelled(live));
        story.push(
          yield* attempt(throwing(new ExceptionGroup([live, kept, new RangeError('mine')], 'mixed'))),
        );
      }),
    );
    expect(story).to.deep.equal([true]);
    expect((error as ExceptionGroup).leaves().some((leaf) => leaf instanceof RangeError)).to.equal(true);
  });
});

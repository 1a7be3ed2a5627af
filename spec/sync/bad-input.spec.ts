/** What the primitives do with counts, locks and predicates that are none: the right class, and a sentence that helps. */
import { expect } from 'chai';
import { runSync } from 'treadle';
import { VirtualBackend } from '../../lib/backends/virtual.js';
import { CapacityLimiter } from '../../lib/sync/capacity-limiter.js';
import { Condition } from '../../lib/sync/condition.js';
import { Future } from '../../lib/sync/future.js';
import { Lock } from '../../lib/sync/lock.js';
import { ResourceGuard } from '../../lib/sync/resource-guard.js';
import { Semaphore } from '../../lib/sync/semaphore.js';
import { thrown } from '../support/contract.js';
import { failure } from '../support/outcome.js';

const limiter = new CapacityLimiter(1);
const condition = new Condition();

/** Where a count is wanted, and whether Infinity is one. */
const PLACES: readonly [where: string, give: (count: number) => unknown, infinite: boolean][] = [
  ['new Semaphore(initial)', (count) => new Semaphore(count), false],
  ["a Semaphore's max", (count) => new Semaphore(0, { max: count }), true],
  ['new CapacityLimiter(total)', (count) => new CapacityLimiter(count), true],
  [
    "a CapacityLimiter's totalTokens",
    (count) => {
      limiter.totalTokens = count;
    },
    true,
  ],
  ['notify(n)', (count) => condition.notify(count), false],
];

describe('sync: bad input', () => {
  for (const [where, give, infinite] of PLACES) {
    it(`${where} refuses what is no count`, () => {
      for (const count of [-1, 1.5, Number.NaN, -Infinity, 2 ** 53, ...(infinite ? [] : [Infinity])]) {
        const error = thrown(() => give(count));
        expect(error, String(count)).to.be.instanceOf(RangeError);
        expect(String(error)).to.contain(`${where} must be a whole number, 0 or more`);
        expect(String(error)).to.contain(`not ${count}`);
      }
      for (const value of ['3', null, {}, 3n, true]) {
        const error = thrown(() => give(value as unknown as number));
        expect(error, String(value)).to.be.instanceOf(TypeError);
        expect(String(error)).to.contain(`${where} must be a whole number`);
      }
    });
  }

  it('a total that was refused changes nothing', () => {
    const fresh = new CapacityLimiter(3);
    expect(
      thrown(() => {
        fresh.totalTokens = -1;
      }),
    ).to.be.instanceOf(RangeError);
    expect(fresh.totalTokens).to.equal(3);
  });

  it('a Semaphore with more permits than its max', () => {
    const error = thrown(() => new Semaphore(3, { max: 2 }));
    expect(error).to.be.instanceOf(RangeError);
    expect(String(error)).to.equal('RangeError: new Semaphore(3) has a max of only 2');
  });

  it('nothing at all, where a count or a lock belongs', () => {
    // @ts-expect-error a number is wanted
    expect(thrown(() => new Semaphore())).to.be.instanceOf(TypeError);
    // @ts-expect-error a number is wanted
    expect(thrown(() => new CapacityLimiter())).to.be.instanceOf(TypeError);
    // @ts-expect-error a Lock is wanted
    const error = thrown(() => new Condition(new Semaphore(1)));
    expect(error).to.be.instanceOf(TypeError);
    expect(String(error)).to.equal(
      'TypeError: new Condition(lock) takes a Lock, not an object of class Semaphore',
    );
  });

  it('options and names that are none', () => {
    // @ts-expect-error options are wanted
    expect(String(thrown(() => new Future('x')))).to.equal(
      'TypeError: the options of new Future(options) are an object, not the string "x"',
    );
    // @ts-expect-error a string is wanted
    expect(String(thrown(() => new ResourceGuard(5)))).to.match(
      /^TypeError: new ResourceGuard\(action\) takes a string, .*, not 5$/,
    );
    // @ts-expect-error options are wanted
    expect(String(thrown(() => new VirtualBackend(null)))).to.match(
      /^TypeError: .*VirtualBackend.*, not null$/,
    );
  });

  it('an undefined borrower', () => {
    const calls = [
      () => limiter.acquireOnBehalfOf(undefined),
      () => limiter.acquireOnBehalfOfNowait(undefined),
    ];
    for (const fn of calls) expect(thrown(fn)).to.be.instanceOf(TypeError);
    expect(limiter.borrowedTokens).to.equal(0);
  });

  it('a predicate that is no function, or holds always because it is one that waits', () => {
    // @ts-expect-error a function is wanted
    expect(String(thrown(() => condition.waitFor(true)))).to.match(
      /^TypeError: waitFor\(predicate\) takes a function/,
    );
    runSync(function* () {
      const lock = new Lock();
      const own = new Condition(lock);
      using _ = yield* own.acquire();
      const promised = yield* failure(own.waitFor(async () => false));
      expect(String(promised)).to.match(/^TypeError: .*gave a promise, which is always truthy/);
      const started = yield* failure(
        own.waitFor(function* () {
          return false;
        }),
      );
      expect(String(started)).to.match(/^TypeError: .*gave a coroutine object, which is always truthy/);
      expect(lock.statistics().locked).to.equal(true);
    });
  });
});

/** What a CapacityLimiter has beyond the contract in locks.spec.ts: borrowers, and a total that can be changed. */
import { expect } from 'chai';
import { type Coroutine, checkpoint, currentTask, NoEventLoopError, taskGroup, WouldBlock } from 'treadle';
import { CapacityLimiter } from '../../lib/sync/capacity-limiter.js';
import { AlreadyHeldError, NotHeldError } from '../../lib/sync/errors.js';
import { onEachBackend, thrown } from '../support/contract.js';
import { failure } from '../support/outcome.js';

onEachBackend('CapacityLimiter', (run, { it }) => {
  function* borrow(limiter: CapacityLimiter, name: string, story: string[]): Coroutine<void> {
    using _ = yield* limiter.acquireOnBehalfOf(name);
    story.push(`${name} in`);
    yield* checkpoint();
    story.push(`${name} out`);
  }

  it('tells how many tokens there are, are lent and are free, and to whom', function* () {
    const limiter = new CapacityLimiter(2);
    const connection = { id: 7 };
    yield* taskGroup(function* (tg) {
      using _ = yield* limiter.acquire();
      yield* limiter.acquireOnBehalfOf(connection);
      tg.startSoon(borrow, limiter, 'waiter', []);
      yield* checkpoint();
      expect(limiter.statistics()).to.deep.equal({
        borrowedTokens: 2,
        totalTokens: 2,
        borrowers: [currentTask(), connection],
        tasksWaiting: 1,
      });
      expect([limiter.totalTokens, limiter.borrowedTokens, limiter.availableTokens]).to.deep.equal([2, 2, 0]);
      limiter.releaseOnBehalfOf(connection);
    });
    expect(limiter.statistics()).to.deep.equal({
      borrowedTokens: 0,
      totalTokens: 2,
      borrowers: [],
      tasksWaiting: 0,
    });
  });

  it('a borrower holds one token at most', async () => {
    const limiter = new CapacityLimiter(2);
    await run(function* greedy() {
      using _ = yield* limiter.acquire();
      expect(yield* failure(limiter.acquire())).to.be.instanceOf(AlreadyHeldError);
      expect(String(thrown(() => limiter.acquireNowait()))).to.match(
        /^AlreadyHeldError: task greedy \(#1\) has a token/,
      );
      using __ = limiter.acquireOnBehalfOfNowait('it');
      expect(yield* failure(limiter.acquireOnBehalfOf('it'))).to.be.instanceOf(AlreadyHeldError);
      expect(thrown(() => limiter.acquireOnBehalfOfNowait('it'))).to.be.instanceOf(AlreadyHeldError);
      expect(limiter.borrowedTokens).to.equal(2);
    });
    expect(limiter.borrowedTokens).to.equal(0);
  });

  it('only who has a token can give it back; the error names who has', async () => {
    const limiter = new CapacityLimiter(2);
    await run(() =>
      taskGroup(function* (tg) {
        expect(String(thrown(() => limiter.release()))).to.match(
          /^NotHeldError: .*0 of 2 tokens are lent, to nobody/,
        );
        using _ = limiter.acquireOnBehalfOfNowait('the cat');
        using __ = yield* limiter.acquire();
        const thief = tg.startSoon(function* thief() {
          const error = thrown(() => limiter.release());
          expect(error).to.be.instanceOf(NotHeldError);
          expect(String(error)).to.match(
            /task thief \(#2\) .*has none; 2 of 2 tokens are lent, to the string "the cat", task task-1 \(#1\)/,
          );
          expect(thrown(() => limiter.releaseOnBehalfOf('the dog'))).to.be.instanceOf(NotHeldError);
        });
        yield* thief;
        expect(limiter.borrowedTokens).to.equal(2);
      }),
    );
  });

  it('a larger total serves those who wait, in order', function* () {
    const limiter = new CapacityLimiter(0);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b', 'c']) tg.startSoon(borrow, limiter, name, story);
      yield* checkpoint();
      story.push(`${limiter.statistics().tasksWaiting} wait`);
      limiter.totalTokens = 2;
      story.push(`${limiter.statistics().tasksWaiting} waits`);
    });
    expect(story).to.deep.equal(['3 wait', '1 waits', 'a in', 'b in', 'a out', 'b out', 'c in', 'c out']);
  });

  it('with a total of Infinity nobody waits', function* () {
    const limiter = new CapacityLimiter(1);
    yield* taskGroup(function* (tg) {
      for (let number = 0; number < 50; number++) tg.startSoon(borrow, limiter, `${number}`, []);
      yield* checkpoint();
      limiter.totalTokens = Infinity;
      expect(limiter.statistics()).to.deep.include({ borrowedTokens: 50, tasksWaiting: 0 });
      expect(limiter.availableTokens).to.equal(Infinity);
    });
  });

  it('a smaller total takes nothing away, and nobody gets in until enough is given back', function* () {
    const limiter = new CapacityLimiter(3);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const loans = ['x', 'y', 'z'].map((name) => limiter.acquireOnBehalfOfNowait(name));
      tg.startSoon(borrow, limiter, 'a', story);
      limiter.totalTokens = 1;
      yield* checkpoint();
      for (const loan of loans) {
        story.push(`available ${limiter.availableTokens}`);
        loan[Symbol.dispose]();
      }
      story.push(`available ${limiter.availableTokens}`);
      expect(thrown(() => limiter.acquireNowait())).to.be.instanceOf(WouldBlock);
    });
    expect(story).to.deep.equal([
      'available -2',
      'available -1',
      'available 0',
      'available 0', // handed over to a
      'a in',
      'a out',
    ]);
  });

  it('two tasks may wait for one borrower, one after the other', function* () {
    const limiter = new CapacityLimiter(1);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      using blocker = limiter.acquireOnBehalfOfNowait('blocker');
      tg.startSoon(borrow, limiter, 'same', story);
      tg.startSoon(borrow, limiter, 'same', story);
      yield* checkpoint();
      blocker[Symbol.dispose]();
    });
    expect(story).to.deep.equal(['same in', 'same out', 'same in', 'same out']);
  });

  it('the second one fails if the borrower still has a token when its turn comes; the third is served', function* () {
    const limiter = new CapacityLimiter(1);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const blocker = limiter.acquireOnBehalfOfNowait('blocker');
      tg.startSoon(borrow, limiter, 'same', story);
      tg.startSoon(function* () {
        story.push((yield* failure(limiter.acquireOnBehalfOf('same')) as Coroutine<Error>).name);
      });
      tg.startSoon(borrow, limiter, 'third', story);
      yield* checkpoint();
      limiter.totalTokens = 2;
      blocker[Symbol.dispose]();
    });
    expect(story).to.deep.equal(['same in', 'AlreadyHeldError', 'third in', 'same out', 'third out']);
    expect(limiter.statistics()).to.deep.include({ borrowedTokens: 0, tasksWaiting: 0 });
  });

  it('a token can be given back by another task, on behalf of the borrower', function* () {
    const limiter = new CapacityLimiter(1);
    yield* taskGroup(function* (tg) {
      const loan = yield* limiter.acquireOnBehalfOf('it');
      yield* tg.startSoon(function* () {
        limiter.releaseOnBehalfOf('it');
      });
      const again = yield* limiter.acquireOnBehalfOf('it');
      loan[Symbol.dispose](); // R1: the first loan is paid back; this is not the second one's
      expect(limiter.borrowedTokens).to.equal(1);
      again[Symbol.dispose]();
    });
    expect(limiter.borrowedTokens).to.equal(0);
  });
});

describe('CapacityLimiter', () => {
  it('outside of tasks tokens can be lent on behalf of something only', () => {
    const limiter = new CapacityLimiter(1);
    expect(thrown(() => limiter.acquireNowait())).to.be.instanceOf(NoEventLoopError);
    expect(thrown(() => limiter.release())).to.be.instanceOf(NoEventLoopError);
    using _ = limiter.acquireOnBehalfOfNowait(null);
    expect(limiter.statistics().borrowers).to.deep.equal([null]);
  });
});

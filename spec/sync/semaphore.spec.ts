/** What a Semaphore has beyond the contract in locks.spec.ts: a number of permits, which belong to nobody. */
import { expect } from 'chai';
import { type Coroutine, checkpoint, sleep, taskGroup, WouldBlock } from 'treadle';
import { NotHeldError } from '../../lib/sync/errors.js';
import { Semaphore } from '../../lib/sync/semaphore.js';
import { onEachBackend, thrown } from '../support/contract.js';
import { same } from '../support/types.js';

onEachBackend('Semaphore', (run, { it }) => {
  it('lets as many in as it has permits', function* () {
    const semaphore = new Semaphore(3);
    let inside = 0;
    const seen: number[] = [];
    yield* taskGroup(function* (tg) {
      for (let number = 0; number < 8; number++) {
        tg.startSoon(function* () {
          using _ = yield* semaphore.acquire();
          inside++;
          yield* sleep(1);
          seen.push(inside);
          inside--;
        });
      }
    });
    expect(Math.max(...seen)).to.equal(3);
    expect([seen.length, semaphore.value, semaphore.statistics()]).to.deep.equal([8, 3, { tasksWaiting: 0 }]);
  });

  it('one task may hold several permits', function* () {
    const semaphore = new Semaphore(3);
    const values: number[] = [];
    const guards = [yield* semaphore.acquire(), yield* semaphore.acquire(), semaphore.acquireNowait()];
    values.push(semaphore.value);
    expect(thrown(() => semaphore.acquireNowait())).to.be.instanceOf(WouldBlock);
    // In any order: the one in the middle first.
    for (const index of [1, 0, 2]) {
      guards[index]?.[Symbol.dispose]();
      values.push(semaphore.value);
    }
    expect(values).to.deep.equal([0, 1, 2, 3]);
  });

  it('R1: a release by hand stands for the latest permit of the task that is still out', function* () {
    const semaphore = new Semaphore(3);
    const values: number[] = [];
    const [a, b, c] = [yield* semaphore.acquire(), yield* semaphore.acquire(), yield* semaphore.acquire()];
    b[Symbol.dispose]();
    semaphore.release(); // c
    semaphore.release(); // a
    values.push(semaphore.value);
    for (const guard of [c, b, a]) guard[Symbol.dispose]();
    values.push(semaphore.value);
    expect(values).to.deep.equal([3, 3]);
  });

  it('R1: an inner acquire and release by hand leave the outer guard alone', function* () {
    const semaphore = new Semaphore(2);
    const values: number[] = [];
    {
      using _ = yield* semaphore.acquire();
      yield* semaphore.acquire();
      values.push(semaphore.value);
      semaphore.release();
      values.push(semaphore.value);
    }
    values.push(semaphore.value);
    expect(values).to.deep.equal([0, 1, 2]);
  });

  it('R1: with a max, a guard whose permit another task has given back does nothing', function* () {
    const semaphore = new Semaphore(1, { max: 1 });
    yield* taskGroup(function* (tg) {
      const guard = yield* semaphore.acquire();
      yield* tg
        .startSoon(function* () {
          semaphore.release();
        })
        .wait();
      expect(semaphore.value).to.equal(1);
      guard[Symbol.dispose]();
    });
    expect(semaphore.value).to.equal(1);
  });

  it('any task may release: one that acquires need not', function* () {
    const items = new Semaphore(0);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b']) {
        tg.startSoon(function* () {
          for (let count = 1; count <= 2; count++) {
            yield* items.acquire();
            story.push(`${name}${count}`);
          }
        });
      }
      yield* checkpoint();
      for (let count = 0; count < 4; count++) {
        items.release();
        yield* checkpoint();
      }
    });
    expect(story).to.deep.equal(['a1', 'b1', 'a2', 'b2']);
    expect(items.value).to.equal(0);
  });

  it('may grow beyond its initial value, up to its max', async () => {
    const free = new Semaphore(0);
    free.release();
    free.release();
    const bounded = new Semaphore(1, { max: 2 });
    bounded.release();
    expect([free.value, free.max, bounded.value, bounded.max]).to.deep.equal([2, undefined, 2, 2]);
    await run(function* releaser() {
      const error = thrown(() => bounded.release());
      expect(error).to.be.instanceOf(NotHeldError);
      expect(String(error)).to.match(/task releaser .*all of its 2 permits are there/);
    });
    expect(bounded.value).to.equal(2);
  });

  it('a release wakes one waiter, and leaves no permit for others', function* () {
    const semaphore = new Semaphore(0);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* semaphore.acquire();
        story.push('woken');
      });
      yield* checkpoint();
      semaphore.release();
      story.push(`value ${semaphore.value}`);
      expect(thrown(() => semaphore.acquireNowait())).to.be.instanceOf(WouldBlock);
    });
    expect(story).to.deep.equal(['value 0', 'woken']);
  });

  it('signalling for long does not pile up what was acquired', async () => {
    const ROUNDS = 20_000;
    const semaphore = new Semaphore(0);
    const guards: WeakRef<Disposable>[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* consumer(): Coroutine<void> {
          for (let round = 0; round < ROUNDS; round++) {
            const guard = yield* semaphore.acquire();
            if (round % 100 === 0) guards.push(new WeakRef(guard));
          }
        });
        yield* checkpoint();
        for (let round = 0; round < ROUNDS; round++) {
          semaphore.release();
          yield* checkpoint();
        }
      }),
    );
    await new Promise(setImmediate); // a WeakRef keeps its target until the host callback is over
    (globalThis.gc as () => void)();
    expect(guards.filter((guard) => guard.deref() !== undefined).length).to.be.lessThan(guards.length / 4);
    expect(semaphore.value).to.equal(0);
  });
});

describe('Semaphore', () => {
  it('can be taken and released outside of tasks, too', () => {
    const semaphore = new Semaphore(2);
    const guard = semaphore.acquireNowait();
    semaphore.acquireNowait();
    expect(String(thrown(() => semaphore.acquireNowait()))).to.match(/^WouldBlock: .*no permit left/);
    semaphore.release();
    guard[Symbol.dispose]();
    guard[Symbol.dispose]();
    expect(semaphore.value).to.equal(2);
  });

  it('types: value and max can only be read', () => {
    const semaphore = new Semaphore(1, { max: 4 });
    same<typeof semaphore.max, number | undefined>();
    same<typeof semaphore.value, number>();
    expect([semaphore.value, semaphore.max]).to.deep.equal([1, 4]);
  });
});

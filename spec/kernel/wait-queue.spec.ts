/**
 * The contract of the fair wait queue, by a lock and a mailbox made of it; then against a model under random
 * cancels. What holds here holds for every primitive.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  DeadlockError,
  type Effect,
  type ExceptionGroup,
  moveOnAfter,
  run as runAnywhere,
  sleep,
  type TaskHandle,
  taskGroup,
} from 'treadle';
import { PENDING, type Waiter, WaitQueue, waitEffects } from 'treadle/lowlevel';
import { cancelEverywhere, recorder, waitAllTasksBlocked } from 'treadle/testing';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure } from '../support/failure.js';
import { outcome } from '../support/outcome.js';
import { hunt } from '../support/programs.js';

/** Permits handed out one by one: what is released goes to the first in the queue, or back to the pile. */
class Permits {
  readonly queue: WaitQueue<string, string>;
  readonly left: string[] = [];
  free: number;
  private static readonly take = waitEffects<Permits, string, string>({
    name: 'permits.take',
    tryNow(permits, who) {
      if (who === 'nobody') throw new RangeError('nobody takes nothing');
      if (permits.free === 0) return PENDING;
      permits.free--;
      return `${who} at once`;
    },
    queueOf: (permits) => permits.queue,
  });

  constructor(free: number, reuse = false) {
    this.free = free;
    this.queue = new WaitQueue(() => 'a permit', { reuse });
    this.queue.left = (waiter: Waiter<string, string>) => this.left.push(waiter.arg);
  }

  take(who: string): Effect<string> {
    return Permits.take(this, who);
  }

  release(): void {
    const first = this.queue.shift();
    if (first === null) this.free++;
    else first.wake(`${first.arg} in turn`);
  }

  statistics(): object {
    return { tasksWaiting: this.queue.length, borrowedTokens: -this.free };
  }
}

for (const reuse of [false, true]) {
  const permitsOf = (free: number): Permits => new Permits(free, reuse);

  onEachBackend(`the wait queue${reuse ? ', whose waiters serve again' : ''}`, (run, { it }) => {
    it('gives the value at once when there is one, and still lets the others run first', function* () {
      const log: string[] = [];
      const permits = permitsOf(1);
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* other() {
          log.push('other');
        });
        log.push(yield* permits.take('a'));
      });
      expect(log).to.deep.equal(['other', 'a at once']);
    });

    it('serves in the order of coming, and hands over directly: nobody barges in', function* () {
      const log: string[] = [];
      const permits = permitsOf(0);
      function* waiter(name: string) {
        log.push(yield* permits.take(name));
      }
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b', 'c']) tg.startSoon(waiter, name);
        yield* waitAllTasksBlocked();
        log.push(`${permits.queue.length} wait, ${permits.queue.first?.arg} first`);
        permits.release();
        // The permit is on its way to a: a late-comer does not find it.
        tg.startSoon(waiter, 'late');
        yield* waitAllTasksBlocked();
        for (let count = 0; count < 3; count++) permits.release();
      });
      log.push(`${permits.queue.length} wait, ${permits.free} free`);
      expect(log).to.deep.equal([
        '3 wait, a first',
        'a in turn',
        'b in turn',
        'c in turn',
        'late in turn',
        '0 wait, 0 free',
      ]);
    });

    it('cancelled while it waits it leaves no trace, at the head, in the middle and at the tail', function* () {
      const log: string[] = [];
      const permits = permitsOf(0);
      yield* taskGroup(function* (tg) {
        const handles = ['a', 'b', 'c', 'd', 'e'].map((name) =>
          tg.startSoon(function* () {
            log.push(yield* permits.take(name));
          }),
        );
        yield* waitAllTasksBlocked();
        for (const index of [2, 0, 4]) (handles[index] as TaskHandle<void>).cancel();
        log.push([...permits.queue].map(({ arg }) => arg).join());
        permits.release();
        permits.release();
        permits.release();
        log.push(`${permits.queue.length} wait, ${permits.free} free`);
      });
      log.push(`left: ${permits.left}`);
      expect(log).to.deep.equal(['b,d', '0 wait, 1 free', 'b in turn', 'd in turn', 'left: c,a,e']);
    });

    it('C3: a hand-over that is on its way is not cancelled any more', function* () {
      const log: string[] = [];
      const permits = permitsOf(0);
      yield* taskGroup(function* (tg) {
        const waiter = tg.startSoon(function* () {
          log.push(yield* permits.take('a'));
          log.push('goes on to its next checkpoint');
          yield* checkpoint();
          log.push('not cancelled');
        });
        yield* waitAllTasksBlocked();
        permits.release();
        waiter.cancel();
        yield* waiter.wait();
        log.push(waiter.status);
      });
      log.push(`left: ${permits.left.length}`);
      expect(log).to.deep.equal(['a in turn', 'goes on to its next checkpoint', 'cancelled', 'left: 0']);
    });

    it('C3: cancelled beforehand it has not tried, though there was one to take', function* () {
      const permits = permitsOf(1);
      yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* permits.take('a');
      });
      expect([permits.free, permits.queue.length]).to.deep.equal([1, 0]);
    });

    it('a deadline ends the wait as any cancel does', function* () {
      const permits = permitsOf(0);
      const given = yield* moveOnAfter(2, () => permits.take('a'), { otherwise: 'too late' });
      expect([given, permits.queue.length, ...permits.left]).to.deep.equal(['too late', 0, 'a']);
    });

    it('throws at the yield what the try throws', function* () {
      const error = yield* failure(() => permitsOf(1).take('nobody'));
      expect(error).to.be.instanceOf(RangeError);
    });

    it('wakes all or fails all, in order, each with an error of its own', function* () {
      const log: string[] = [];
      const errors = new Set<unknown>();
      const permits = permitsOf(0);
      function* waiter(name: string) {
        try {
          log.push(`${name}: ${yield* permits.take(name)}`);
        } catch (error) {
          errors.add(error);
          log.push(`${name}: ${(error as Error).message}`);
        }
      }
      yield* taskGroup(function* (tg) {
        tg.startSoon(waiter, 'a');
        tg.startSoon(waiter, 'b');
        yield* waitAllTasksBlocked();
        permits.queue.wakeAll('all');
        tg.startSoon(waiter, 'c');
        tg.startSoon(waiter, 'd');
        yield* waitAllTasksBlocked();
        permits.queue.failAll(() => new Error('closed'));
      });
      expect(log).to.deep.equal(['a: all', 'b: all', 'c: closed', 'd: closed']);
      expect(errors.size).to.equal(2);
    });

    it('C3: a wait that is passed on has its place in the other queue at once, and is not given up any more', function* () {
      const log: string[] = [];
      const [news, permits] = [permitsOf(0), permitsOf(0)];
      function* waiter(name: string, queue: Permits): Coroutine<void> {
        log.push(`${name}: ${yield* queue.take(name)}`);
      }
      yield* taskGroup(function* (tg) {
        const first = tg.startSoon(waiter, 'first', news);
        tg.startSoon(waiter, 'earlier', permits);
        yield* waitAllTasksBlocked();
        news.queue.shift()?.passOn(permits.take('passed on'));
        tg.startSoon(waiter, 'later', permits);
        yield* waitAllTasksBlocked();
        first.cancel();
        log.push(`${[...permits.queue].map(({ arg }) => arg)}; left: ${permits.left.length}`);
        for (let count = 0; count < 3; count++) permits.release();
      });
      expect(log).to.deep.equal([
        'earlier,passed on,later; left: 0',
        'earlier: earlier in turn',
        'first: passed on in turn',
        'later: later in turn',
      ]);
    });

    it('a wait that is passed on to what is there gets it at once, or the error', function* () {
      const log: unknown[] = [];
      const [news, permits] = [permitsOf(0), permitsOf(1)];
      yield* taskGroup(function* (tg) {
        for (const name of ['a', 'b']) {
          tg.startSoon(function* () {
            log.push(yield* outcome(news.take(name)));
          });
        }
        yield* waitAllTasksBlocked();
        news.queue.shift()?.passOn(permits.take('passed on'));
        const last = news.queue.shift();
        log.push((thrown(() => last?.passOn(sleep(1) as Effect<never>)) as Error).message);
        last?.passOn(permits.take('nobody'));
      });
      expect(log).to.deep.equal([
        'waiter.passOn(effect) takes an effect of waitEffects(), not sleep',
        'value passed on at once',
        'RangeError: nobody takes nothing',
      ]);
    });

    it('L5: in a run that nothing can wake any more a wait that was passed on is given up as well', async () => {
      const permits = permitsOf(0);
      const log: string[] = [];
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            const news = permitsOf(0);
            tg.startSoon(function* () {
              log.push(yield* outcome(news.take('a')));
            });
            yield* checkpoint();
            yield* checkpoint();
            news.queue.shift()?.passOn(permits.take('a'));
          }),
        ),
      );
      expect(error).to.be.instanceOf(DeadlockError);
      expect([...log, permits.queue.length]).to.deep.equal(['Cancelled', 0]);
    });

    /** One task waits, and `use` gets its waiter: what that throws, and what the task is given. */
    const withWaiter = function* (
      use: (waiter: Waiter<string, string>, permits: Permits, handle: TaskHandle<string>) => void,
    ): Coroutine<readonly [error: string, given: string | undefined]> {
      const permits = permitsOf(0);
      return yield* taskGroup(function* (tg) {
        const handle = tg.startSoon(() => permits.take('a'));
        yield* waitAllTasksBlocked();
        const waiter = permits.queue.first as Waiter<string, string>;
        const { message } = thrown(() => use(waiter, permits, handle)) as Error;
        yield* waitAllTasksBlocked();
        if (handle.status === 'pending') permits.release(); // it waits still, in its place
        yield* handle.wait();
        return [message, handle.status === 'finished' ? handle.returnValue : undefined] as const;
      });
    };

    for (const [method, end] of [
      ['wake', (waiter) => waiter.wake('woken')],
      ['fail', (waiter) => waiter.fail(new Error('failed'))],
      ['passOn', (waiter) => waiter.passOn(permitsOf(1).take('elsewhere'))],
    ] as [string, (waiter: Waiter<string, string>) => void][]) {
      it(`refuses ${method}() for a waiter that is still in its queue: it would be handed something again`, function* () {
        const [error, given] = yield* withWaiter(end);
        expect(error).to.match(
          new RegExp(
            `^waiter\\.${method}\\(\\) for permits\\.take: the waiter is still in its queue; take it out first`,
          ),
        );
        expect(given).to.equal('a in turn');
      });

      it(`refuses ${method}() for a waiter that was woken before: its task waits for something else by now`, function* () {
        const [error, given] = yield* withWaiter((waiter, permits) => {
          permits.release();
          end(waiter);
        });
        expect(error).to.match(/: its wait has ended before: a waiter is woken once/);
        expect(given).to.equal('a in turn');
      });

      it(`refuses ${method}() for a waiter whose task was cancelled`, function* () {
        const [error, given] = yield* withWaiter((waiter, _permits, handle) => {
          handle.cancel();
          end(waiter);
        });
        expect(error).to.match(/not after its task was cancelled/);
        expect(given).to.equal(undefined);
      });
    }

    it('refuses to take out a waiter that is not in the queue; those that are stay', function* () {
      const [error, given] = yield* withWaiter((waiter) => permitsOf(0).queue.remove(waiter));
      expect(error).to.match(/^queue\.remove\(waiter\): the waiter is not in this queue/);
      expect(given).to.equal('a in turn');
      const permits = permitsOf(0);
      const served: string[] = [];
      yield* taskGroup(function* (tg) {
        for (const who of ['a', 'b'])
          tg.startSoon(function* () {
            served.push(yield* permits.take(who));
          });
        yield* waitAllTasksBlocked();
        const waiter = permits.queue.shift() as Waiter<string, string>;
        expect(() => permits.queue.remove(waiter)).to.throw('the waiter is not in this queue');
        waiter.wake('a');
        permits.release();
      });
      expect(served).to.deep.equal(['a', 'b in turn']);
    });

    it('refuses to wake a waiter whose task was cancelled after it was taken out; those behind it stay', function* () {
      const permits = permitsOf(0);
      const served: string[] = [];
      const log = yield* taskGroup(function* (tg) {
        const [first] = ['a', 'b'].map((who) =>
          tg.startSoon(function* () {
            served.push(yield* permits.take(who));
          }),
        );
        yield* waitAllTasksBlocked();
        const waiter = permits.queue.shift();
        first?.cancel();
        const { message } = thrown(() => waiter?.wake('a all the same')) as Error;
        permits.release();
        yield* waitAllTasksBlocked();
        return [first?.status, message];
      });
      expect([served, permits.left]).to.deep.equal([['b in turn'], []]);
      expect(log[0]).to.equal('cancelled');
      expect(log[1]).to.match(/not after its task was cancelled/);
    });

    it('G2: a waker that fails between taking out and waking keeps nobody from being cancelled', async () => {
      const permits = permitsOf(0);
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            tg.startSoon(() => permits.take('a'));
            yield* waitAllTasksBlocked();
            permits.queue.shift();
            throw new Error('before it could wake');
          }),
        ),
      );
      expect(String((error as ExceptionGroup).errors)).to.equal('Error: before it could wake');
    });

    it('fails nobody if an error cannot be made: all wait on in their order', function* () {
      const permits = permitsOf(0);
      const log: string[] = [];
      yield* taskGroup(function* (tg) {
        for (const who of ['a', 'b']) {
          tg.startSoon(function* () {
            log.push(yield* permits.take(who));
          });
        }
        yield* waitAllTasksBlocked();
        const failing = (): never => {
          throw new Error('no error to be had');
        };
        expect(() => permits.queue.failAll(failing)).to.throw('no error to be had');
        permits.queue.wakeAll('woken');
      });
      expect(log).to.deep.equal(['woken', 'woken']);
    });

    const elsewhere = permitsOf(0);

    for (const [how, left, given] of [
      ['wakes the waiter', (waiter) => waiter.wake('from left'), 'value from left'],
      ['fails the waiter', (waiter) => waiter.fail(new RangeError('left failed')), 'RangeError: left failed'],
      [
        'passes the waiter on',
        (waiter) => waiter.passOn(permitsOf(1).take('elsewhere')),
        'value elsewhere at once',
      ],
      [
        'wakes the waiter and then throws',
        (waiter) => {
          waiter.wake('from left');
          throw new RangeError('left threw');
        },
        'RangeError: left threw',
      ],
      [
        'passes the waiter on and then throws',
        (waiter) => {
          waiter.passOn(elsewhere.take('elsewhere'));
          throw new RangeError('left threw');
        },
        'RangeError: left threw',
      ],
    ] as [string, (waiter: Waiter<string, string>) => void, string][]) {
      it(`wakes a cancelled task once, also if \`left\` ${how}`, function* () {
        const permits = permitsOf(0);
        permits.queue.left = left;
        const log: string[] = [];
        yield* taskGroup(function* (tg) {
          const waits = tg.startSoon(function* () {
            log.push(yield* outcome(permits.take('a')));
            yield* checkpoint();
            log.push('not reached: the task is cancelled');
          });
          const others = ['b', 'c'].map((who) =>
            tg.startSoon(function* () {
              yield* checkpoint();
              yield* checkpoint();
              log.push(who);
            }),
          );
          yield* checkpoint();
          waits.cancel();
          for (const other of others) yield* other.wait();
        });
        expect([...log].sort()).to.deep.equal([given, 'b', 'c'].sort());
        expect(elsewhere.queue.length).to.equal(0);
      });
    }

    it('refuses to wake a waiter whose task waits again, here or elsewhere', function* () {
      for (const next of [permitsOf(0), undefined]) {
        const permits = permitsOf(0);
        const { queue } = next ?? permits;
        const log: string[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            log.push(yield* permits.take('first'));
            log.push(yield* (next ?? permits).take('then'));
          });
          yield* waitAllTasksBlocked();
          const waiter = permits.queue.first as Waiter<string, string>;
          permits.release();
          yield* waitAllTasksBlocked();
          // One that serves again stands in its queue once more, for the next wait.
          const isBack = reuse && next === undefined;
          expect(() => waiter.wake('once more')).to.throw(
            isBack ? 'or it was woken before and serves another wait now' : 'its wait has ended before',
          );
          queue.wakeAll('in turn');
        });
        expect(log).to.deep.equal(['first in turn', 'in turn']);
      }
    });

    it('wakes a task once whose wait is passed on to what cancels it', function* () {
      const permits = permitsOf(0);
      const cancelling = waitEffects<TaskHandle<string>, string, string>({
        name: 'cancelling',
        tryNow(handle) {
          handle.cancel();
          return 'too late';
        },
        queueOf: () => permits.queue,
      });
      const log: string[] = [];
      yield* taskGroup(function* (tg) {
        const waits = tg.startSoon(() => permits.take('a'));
        for (const who of ['b', 'c']) {
          tg.startSoon(function* () {
            yield* checkpoint();
            log.push(who);
          });
        }
        yield* checkpoint();
        permits.queue.shift()?.passOn(cancelling(waits, 'a'));
        yield* waits.wait();
        log.push(waits.status);
      });
      expect(log.sort()).to.deep.equal(['b', 'c', 'cancelled']);
    });

    it('G2: one that was passed on, taken out and not woken keeps nobody from being cancelled either', async () => {
      const [permits, other] = [permitsOf(0), permitsOf(0)];
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            tg.startSoon(() => permits.take('a'));
            yield* waitAllTasksBlocked();
            permits.queue.shift()?.passOn(other.take('elsewhere'));
            other.queue.shift();
            throw new Error('before it could wake');
          }),
        ),
      );
      expect(String((error as ExceptionGroup).errors)).to.equal('Error: before it could wake');
    });

    it('refuses to wake one twice that was passed on', function* () {
      const permits = permitsOf(0);
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* outcome(permits.take('a'));
          yield* checkpoint();
        });
        yield* waitAllTasksBlocked();
        const other = permitsOf(0);
        permits.queue.shift()?.passOn(other.take('elsewhere'));
        const waiter = other.queue.first as Waiter<string, string>;
        expect(() => waiter.wake('queued')).to.throw('still in its queue');
        other.release();
        expect(() => waiter.wake('twice')).to.throw('its wait has ended before');
      });
    });

    it('one effect may be yielded many times, by many tasks', function* () {
      const permits = permitsOf(2);
      const effect = permits.take('x');
      const log = yield* call(function* () {
        return [yield* effect, yield* effect];
      });
      expect(log).to.deep.equal(['x at once', 'x at once']);
    });
  });
}

describe('the wait queue', () => {
  it('says in deadlock reports and traces what is waited for', async () => {
    const story = recorder({ only: ['suspend'] });
    const error = await rejection(
      runAnywhere(() => new Permits(0).take('a'), { backend: 'virtual', instruments: [story] }),
    );
    expect((error as Error).message).to.match(/#1\): a permit/);
    expect(story.events).to.deep.equal(['suspend task-1: permits.take']);
  });

  for (const [target, reuse] of [
    ['program', false],
    ['task', false],
    ['task', true],
  ] as const) {
    const how = `${target} by ${target}${reuse ? ', with waiters that serve again' : ''}`;
    it(`loses no permit, wherever it is cancelled, ${how}`, async () => {
      const { places } = await cancelEverywhere(
        function* (trial) {
          const permits = trial.watch('the permits', new Permits(1, reuse));
          yield* taskGroup(function* (tg) {
            for (const ms of [3, 1, 2]) {
              tg.startSoon(function* user() {
                yield* permits.take('user');
                try {
                  yield* sleep(ms);
                } finally {
                  permits.release();
                }
              });
            }
          });
        },
        { target },
      );
      expect(places.length).to.be.greaterThan(10);
    });
  }

  it('leaves a waiter that has been woken as it was', async () => {
    const permits = new Permits(0);
    const seen = await runAnywhere(
      () =>
        taskGroup(function* (tg) {
          const [handle] = ['a', 'b'].map((who) => tg.startSoon(() => permits.take(who)));
          yield* waitAllTasksBlocked();
          const first = permits.queue.shift();
          first?.wake('woken');
          tg.startSoon(() => permits.take('c'));
          yield* waitAllTasksBlocked();
          permits.queue.wakeAll('woken');
          return [first?.task === handle, first?.arg];
        }),
      { backend: 'virtual' },
    );
    expect(seen).to.deep.equal([true, 'a']);
  });

  for (const reuse of [false, true])
    it(`is a list from which any may leave at any time: against an array${reuse ? ', with waiters that serve again' : ''}`, async () => {
      const moves = fc.array(fc.oneof(fc.constant('take'), fc.constant('release'), fc.nat({ max: 9 })), {
        maxLength: 40,
      });
      await fc.assert(
        fc.asyncProperty(moves, async (list) => {
          await runAnywhere(
            function* () {
              const permits = new Permits(0, reuse);
              const model: number[] = [];
              let modelFree = 0;
              const served: number[] = [];
              const modelServed: number[] = [];
              const handles: TaskHandle<void>[] = [];
              yield* taskGroup(function* (tg) {
                for (const move of list) {
                  if (move === 'take') {
                    const id = handles.length;
                    if (modelFree > 0) {
                      modelFree--;
                      modelServed.push(id);
                    } else model.push(id);
                    handles.push(
                      tg.startSoon(function* () {
                        yield* permits.take(String(id));
                        served.push(id);
                      }),
                    );
                    yield* waitAllTasksBlocked();
                  } else if (move === 'release') {
                    const first = model.shift();
                    if (first === undefined) modelFree++;
                    else modelServed.push(first);
                    permits.release();
                  } else {
                    // Sometimes one that waits, sometimes one that has just been served, or that has ended.
                    handles[move]?.cancel();
                    const at = model.indexOf(move);
                    if (at >= 0) model.splice(at, 1);
                  }
                  expect([...permits.queue].map(({ arg }) => Number(arg))).to.deep.equal(model);
                  expect([permits.queue.length, permits.free]).to.deep.equal([model.length, modelFree]);
                }
                yield* waitAllTasksBlocked();
                tg.cancel();
              });
              expect(served).to.deep.equal(modelServed);
            },
            { backend: 'virtual' },
          );
        }),
        hunt(200),
      );
    });
});

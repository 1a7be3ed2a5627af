/**
 * Random programs on permits against a model of a few lines: a number of free permits and a queue. Tasks acquire,
 * hold, release by guard or by hand, and are cancelled at any moment, queued or holding. After every step:
 *
 *   - permits are conserved: free + held = total;
 *   - who gets in is who has waited longest, of those that were not cancelled (the model's queue);
 *   - nobody waits while a permit is free.
 *
 * At the end all permits are back and nobody is queued.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Coroutine, checkpoint, moveOnAfter, runSync, sleep, type TaskHandle, taskGroup } from 'treadle';
import { CapacityLimiter } from '../../lib/sync/capacity-limiter.js';
import { Condition } from '../../lib/sync/condition.js';
import { Event } from '../../lib/sync/event.js';
import { Lock } from '../../lib/sync/lock.js';
import { Semaphore } from '../../lib/sync/semaphore.js';
import type { LockLike } from '../support/lock-contract.js';
import { HUNTING_TIME, hunt } from '../support/programs.js';

/** What a worker does, round after round. */
interface Round {
  /** Milliseconds before it acquires, and for which it holds; 0: a checkpoint. */
  readonly before: number;
  readonly hold: number;
  /** How long it is willing to wait for the permit. */
  readonly patience: number;
  readonly release: 'guard' | 'hand' | 'both';
  readonly how: 'wait' | 'nowait';
}

interface Program {
  readonly total: number;
  readonly workers: readonly (readonly Round[])[];
  /** At these times this worker is cancelled. */
  readonly cancels: readonly { readonly at: number; readonly worker: number }[];
}

const times = fc.integer({ min: 0, max: 4 });

const round: fc.Arbitrary<Round> = fc.record({
  before: times,
  hold: times,
  patience: fc.constantFrom(1, 3, Infinity),
  release: fc.constantFrom('guard', 'hand', 'both'),
  how: fc.constantFrom('wait', 'wait', 'wait', 'nowait'),
});

function programs(largest: number): fc.Arbitrary<Program> {
  return fc.record({
    total: fc.integer({ min: 1, max: largest }),
    workers: fc.array(fc.array(round, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
    cancels: fc.array(fc.record({ at: fc.integer({ min: 0, max: 12 }), worker: fc.nat(5) }), {
      maxLength: 4,
    }),
  });
}

function* pause(ms: number): Coroutine<void> {
  if (ms === 0) yield* checkpoint();
  else yield* sleep(ms);
}

interface Subject {
  readonly lock: LockLike;
  free(): number;
  waiting(): number;
}

/** Runs a program and compares each entry with the model. */
function check(subject: Subject, program: Program): void {
  const { lock } = subject;
  /** The model: who is queued, in order, and who holds. */
  const queue: number[] = [];
  const holders = new Set<number>();
  const look = () => {
    // Who has been handed a permit, or was cancelled, and has not run since is still queued in the model.
    const onTheirWay = queue.length - subject.waiting();
    expect(subject.free(), 'too many').to.be.at.most(program.total - holders.size);
    expect(subject.free(), 'lost').to.be.at.least(program.total - holders.size - onTheirWay);
    expect(subject.free() > 0 && subject.waiting() > 0, 'somebody waits beside a free permit').to.equal(
      false,
    );
  };
  function* enter(worker: number, how: Round['how']): Coroutine<Disposable | undefined> {
    if (how === 'nowait') {
      const mayEnter = subject.free() > 0;
      try {
        const guard = lock.acquireNowait();
        expect(mayEnter, 'acquireNowait overtook').to.equal(true);
        return guard;
      } catch (error) {
        if ((error as Error).name !== 'WouldBlock') throw error;
        expect(mayEnter, 'acquireNowait refused').to.equal(false);
        return undefined;
      }
    }
    queue.push(worker);
    try {
      const guard = yield* lock.acquire();
      expect(queue[0], 'first come, first served').to.equal(worker);
      return guard;
    } finally {
      queue.splice(queue.indexOf(worker), 1);
    }
  }
  function* work(worker: number, rounds: readonly Round[]): Coroutine<void> {
    for (const { before, hold, patience, release, how } of rounds) {
      yield* pause(before);
      const guard = yield* moveOnAfter(patience, () => enter(worker, how));
      if (guard === undefined) continue;
      holders.add(worker);
      try {
        look();
        yield* pause(hold);
      } finally {
        look();
        holders.delete(worker);
        if (release !== 'guard') lock.release();
        if (release !== 'hand') guard[Symbol.dispose]();
        look();
      }
    }
  }
  runSync(() =>
    taskGroup(function* (tg) {
      const handles = program.workers.map((rounds, worker) => tg.startSoon(work, worker, rounds));
      for (const { at, worker } of program.cancels) {
        tg.startSoon(function* () {
          yield* pause(at);
          handles[worker % handles.length]?.cancel();
        });
      }
    }),
  );
  expect([subject.free(), subject.waiting(), queue, holders.size]).to.deep.equal([program.total, 0, [], 0]);
}

describe('sync: models', function () {
  this.timeout(HUNTING_TIME);

  it('Semaphore: permits are conserved, first come, first served', () => {
    fc.assert(
      fc.property(programs(3), fc.boolean(), (program, bounded) => {
        const lock = new Semaphore(program.total, bounded ? { max: program.total } : {});
        check({ lock, free: () => lock.value, waiting: () => lock.statistics().tasksWaiting }, program);
      }),
      hunt(400),
    );
  });

  it('CapacityLimiter: tokens are conserved, first come, first served', () => {
    fc.assert(
      fc.property(programs(3), (program) => {
        const lock = new CapacityLimiter(program.total);
        const free = () => lock.availableTokens;
        check({ lock, free, waiting: () => lock.statistics().tasksWaiting }, program);
      }),
      hunt(400),
    );
  });

  it('Lock: one owner at a time, first come, first served', () => {
    fc.assert(
      fc.property(programs(1), (program) => {
        const lock = new Lock();
        const free = () => (lock.statistics().locked ? 0 : 1);
        check({ lock, free, waiting: () => lock.statistics().tasksWaiting }, program);
      }),
      hunt(400),
    );
  });

  it('CapacityLimiter: whatever its total is set to, who waits gets in as soon as there is room', () => {
    const steps = fc.array(fc.record({ at: times, total: fc.integer({ min: 0, max: 4 }) }), { maxLength: 5 });
    const holds = fc.array(fc.record({ at: times, hold: times, cancelAt: fc.option(times) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(steps, holds, (changes, borrowers) => {
        const limiter = new CapacityLimiter(1);
        const order: number[] = [];
        const came: number[] = [];
        const look = () => {
          const { tasksWaiting } = limiter.statistics();
          expect(tasksWaiting > 0 && limiter.availableTokens > 0).to.equal(false);
        };
        runSync(() =>
          taskGroup(function* (tg) {
            borrowers.forEach(({ at, hold, cancelAt }, number) => {
              const handle = tg.startSoon(function* (): Coroutine<void> {
                yield* pause(at);
                came.push(number);
                try {
                  using _ = yield* limiter.acquireOnBehalfOf(number);
                  order.push(number);
                  look();
                  yield* pause(hold);
                } finally {
                  if (!order.includes(number)) came.splice(came.indexOf(number), 1);
                  look();
                }
              });
              if (cancelAt !== null) {
                tg.startSoon(function* () {
                  yield* pause(cancelAt);
                  handle.cancel();
                });
              }
            });
            for (const { at, total } of changes) {
              yield* pause(at);
              limiter.totalTokens = total;
              look();
            }
            limiter.totalTokens = Math.max(1, limiter.totalTokens);
          }),
        );
        expect(limiter.statistics()).to.deep.include({ borrowedTokens: 0, tasksWaiting: 0 });
        expect(order).to.deep.equal(came);
      }),
      hunt(400),
    );
  });

  it('Condition: each notification reaches one waiter that was not cancelled, the longest first', () => {
    const plans = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('wait' as const) },
        { weight: 2, arbitrary: fc.record({ notify: fc.integer({ min: 0, max: 3 }) }) },
        { weight: 2, arbitrary: fc.record({ cancel: fc.nat(9) }) },
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(plans, fc.boolean(), (plan, holdOn) => {
        const condition = new Condition();
        const waiting: number[] = [];
        const expected: number[] = [];
        const woken: number[] = [];
        const cancelled: number[] = [];
        runSync(() =>
          taskGroup(function* (tg) {
            const tasks: TaskHandle<void>[] = [];
            function* waiter(number: number, ready: Event): Coroutine<void> {
              using _ = yield* condition.acquire();
              ready.set();
              try {
                yield* condition.wait();
                woken.push(number);
              } catch (error) {
                cancelled.push(number);
                throw error;
              } finally {
                expect(condition.statistics().lockStatistics.owner?.id).to.equal(tasks[number]?.id);
              }
            }
            for (const step of plan) {
              if (step === 'wait') {
                const ready = new Event();
                waiting.push(tasks.length);
                tasks.push(tg.startSoon(waiter, tasks.length, ready));
                yield* ready.wait();
              } else if ('notify' in step) {
                using _ = yield* condition.acquire();
                expect(condition.statistics().tasksWaiting).to.equal(waiting.length);
                condition.notify(step.notify);
                expected.push(...waiting.splice(0, step.notify));
                if (holdOn) yield* checkpoint();
              } else {
                const task = tasks[step.cancel];
                // Those who have been notified are no longer waiting: for them the cancellation comes too late.
                if (waiting.includes(step.cancel)) waiting.splice(waiting.indexOf(step.cancel), 1);
                task?.cancel();
              }
            }
            using _ = yield* condition.acquire();
            condition.notifyAll();
            expected.push(...waiting.splice(0));
          }),
        );
        expect(woken).to.deep.equal(expected);
        expect(condition.statistics()).to.deep.equal({
          tasksWaiting: 0,
          lockStatistics: { locked: false, owner: undefined, tasksWaiting: 0 },
        });
        expect(new Set([...woken, ...cancelled]).size).to.equal(woken.length + cancelled.length);
      }),
      hunt(400),
    );
  });
});

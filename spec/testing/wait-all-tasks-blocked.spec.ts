import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  currentTime,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { waitAllTasksBlocked } from 'treadle/testing';
import { onEachBackend } from '../support/contract.js';

onEachBackend('waitAllTasksBlocked', (_run, { it }) => {
  it('waits as long as any other task is ready or at a checkpoint', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* busy() {
        for (let round = 0; round < 3; round++) {
          yield* checkpoint();
          log.push(`busy ${round}`);
        }
        tg.startSoon(function* late() {
          log.push('late');
          yield* sleepForever();
        });
      });
      yield* waitAllTasksBlocked();
      log.push('all blocked');
      tg.cancel();
    });
    expect(log).to.deep.equal(['busy 0', 'busy 1', 'busy 2', 'late', 'all blocked']);
  });

  it('counts tasks that sleep or wait for something outside as parked, and wakes nobody', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* sleeper() {
        yield* sleep(100);
        log.push('slept');
      });
      tg.startSoon(function* outside() {
        yield* until(new Promise((resolve) => setTimeout(resolve, 100)));
        log.push('answered');
      });
      yield* waitAllTasksBlocked();
      log.push('all blocked');
    });
    expect(log[0]).to.equal('all blocked');
    expect(log).to.have.members(['all blocked', 'slept', 'answered']);
  });

  it('waits for the work that a callback from outside has woken', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      let answer = (): void => {};
      tg.startSoon(function* worker() {
        yield* suspend<void>((resume) => {
          answer = () => resume();
        });
        for (let round = 0; round < 3; round++) yield* checkpoint();
        log.push('worked');
        yield* sleepForever();
      });
      yield* waitAllTasksBlocked();
      yield* until(
        new Promise<void>((resolve) =>
          setTimeout(() => {
            answer();
            resolve();
          }, 2),
        ),
      );
      yield* waitAllTasksBlocked();
      log.push('all blocked');
      tg.cancel();
    });
    expect(log).to.deep.equal(['worked', 'all blocked']);
  });

  it('lets all who wait so go on together, in the order of their coming', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b', 'c']) {
        tg.startSoon(function* () {
          yield* waitAllTasksBlocked();
          log.push(name);
          yield* waitAllTasksBlocked();
          log.push(`${name} again`);
        });
      }
    });
    expect(log).to.deep.equal(['a', 'b', 'c', 'a again', 'b again', 'c again']);
  });

  it('is a checkpoint, and can be cancelled while it waits', function* () {
    const log: string[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel();
      yield* waitAllTasksBlocked();
      log.push('not cancelled');
    });
    yield* taskGroup(function* (tg) {
      const waiter = tg.startSoon(function* waiter() {
        yield* waitAllTasksBlocked();
        log.push('not cancelled');
      });
      yield* checkpoint(); // now it waits, and this task is what keeps it waiting
      waiter.cancel();
      yield* waiter.wait();
      log.push(waiter.status);
      yield* waitAllTasksBlocked();
      log.push('all blocked');
    });
    expect(log).to.deep.equal(['cancelled', 'all blocked']);
  });

  it('is no deadlock when nobody else is there, nor a way round one', function* () {
    const gone = yield* call(function* () {
      yield* waitAllTasksBlocked();
      return 'gone on';
    });
    expect(gone).to.equal('gone on');
  });
});

onEachBackend('waitAllTasksBlocked with a cushion', (_run, { backend, it }) => {
  /** Lets `rounds` answers from outside come, one every `ms` of real time. */
  function* busyOutside(log: string[], rounds: number, ms: number): Coroutine<void> {
    for (let round = 0; round < rounds; round++) {
      yield* until(new Promise((resolve) => setTimeout(resolve, ms)));
      log.push(`answer ${round}`);
    }
  }

  it('counts from anew each time that a task moves', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(busyOutside, log, 4, 50);
      yield* waitAllTasksBlocked();
      log.push('all parked');
      yield* waitAllTasksBlocked(150); // less than all of them take, more than any one
      log.push('all parked for long');
    });
    const answers = ['answer 0', 'answer 1', 'answer 2', 'answer 3'];
    expect(log).to.deep.equal(['all parked', ...answers, 'all parked for long']);
  });

  it('ends in order of the cushions, and ends not at all when it is cancelled', function* () {
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const cushion of [40, 1]) {
        tg.startSoon(function* () {
          yield* waitAllTasksBlocked(cushion);
          log.push(`cushion ${cushion}`);
        });
      }
      const cancelled = tg.startSoon(function* () {
        yield* waitAllTasksBlocked(20);
        log.push('not cancelled');
      });
      yield* waitAllTasksBlocked();
      yield* checkpoint();
      cancelled.cancel();
    });
    log.push('over');
    yield* sleep(1); // nothing is left that would hold a clock back
    expect(log).to.deep.equal(['cushion 1', 'cushion 40', 'over']);
  });

  if (backend === 'virtual') {
    it('L8: holds the clock meanwhile', function* () {
      const log: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* sleep(10);
          log.push(`slept ${currentTime()}`);
        });
        yield* waitAllTasksBlocked(2);
        log.push(`blocked ${currentTime()}`);
      });
      expect(log).to.deep.equal(['blocked 0', 'slept 10']);
    });
  }

  it('V3: refuses what is no cushion', () => {
    for (const [cushion, error] of [
      [-1, RangeError],
      [Number.NaN, RangeError],
      [Infinity, RangeError],
      ['1' as never, TypeError],
    ] as const) {
      expect(() => waitAllTasksBlocked(cushion)).to.throw(error, /waitAllTasksBlocked\(cushion\)/);
    }
  });
});

describe('waitAllTasksBlocked on the virtual clock', () => {
  it('goes on before the clock does', async () => {
    const log: string[] = [];
    await run(
      function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* sleeper() {
            yield* sleep(1);
            log.push(`slept ${currentTime()}`);
          });
          yield* waitAllTasksBlocked();
          log.push(`blocked ${currentTime()}`);
          yield* moveOnAfter(0.5, () => sleepForever());
          yield* waitAllTasksBlocked();
          log.push(`blocked ${currentTime()}`);
        });
      },
      { backend: 'virtual' },
    );
    expect(log).to.deep.equal(['blocked 0', 'blocked 0.5', 'slept 1']);
  });
});

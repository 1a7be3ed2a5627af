import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  currentTime,
  moveOnAfter,
  moveOnAt,
  type Operation,
  run as runAnywhere,
  runSync,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, thrown } from '../support/contract.js';
import { parked } from '../support/gate.js';

/** Keeps the processor busy, so that timers fall due while nobody looks. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

onEachBackend('rule L6: timers', (_run, { exactTime, it }) => {
  it('L6: timers that fall due together fire in deadline order', function* () {
    const labels: string[] = [];
    const start = currentTime();
    function* sleeper(ms: number): Coroutine<void> {
      yield* sleepUntil(start + ms);
      labels.push(`slept ${ms}`);
    }
    yield* taskGroup(function* (tg) {
      for (const ms of [15, 5, 20, 10]) tg.startSoon(sleeper, ms);
      yield* checkpoint();
      block(30); // on a host clock, all four are due before anyone looks
    });
    expect(labels).to.deep.equal(['slept 5', 'slept 10', 'slept 15', 'slept 20']);
  });

  it('L6: timers of the same deadline fire in the order of their creation', function* () {
    const labels: string[] = [];
    const deadline = currentTime() + 100; // all five sleep by then, though the machine may stand still meanwhile
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        tg.startSoon(function* () {
          yield* sleepUntil(deadline);
          labels.push(name);
        });
      }
    });
    expect(labels).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('L6: that order also holds between sleeps and deadlines of scopes', function* () {
    const labels: string[] = [];
    const deadline = currentTime() + 100; // all are asleep by then
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* sleepUntil(deadline);
        labels.push('sleep, first');
      });
      tg.startSoon(function* () {
        yield* moveOnAt(deadline, () => parked);
        labels.push('scope');
      });
      tg.startSoon(function* () {
        yield* sleepUntil(deadline);
        labels.push('sleep, last');
      });
    });
    expect(labels).to.deep.equal(['sleep, first', 'scope', 'sleep, last']);
  });

  it('L6: a scope entered before the sleep it holds cuts it when both fall due together', function* () {
    const outcome = yield* call(function* () {
      const deadline = currentTime() + 5;
      return yield* moveOnAt(
        deadline,
        function* () {
          yield* sleepUntil(deadline);
          return 'slept';
        },
        { otherwise: 'cut' },
      );
    });
    expect(outcome).to.equal('cut');
  });

  it('L6: a deadline set when it has already passed comes after those that passed before it', function* () {
    const labels: string[] = [];
    const due = currentTime() + 1;
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* sleeper() {
        yield* sleepUntil(due);
        labels.push('slept');
      });
      yield* checkpoint();
      yield* moveOnAt(due, function* (outer) {
        block(3); // on a host clock, the outer deadline has passed before anyone looks
        yield* moveOnAt(due, sleepForever);
        labels.push(`not reached, for the outer one is cancelled too: ${outer.cancelCalled}`);
      });
      yield* checkpoint();
    });
    expect(labels).to.deep.equal(['slept']);
  });

  it('L6: a timer given up leaves the order of the others alone', function* () {
    const labels: string[] = [];
    const deadline = currentTime() + 100; // all are asleep by then
    yield* taskGroup(function* (tg) {
      const handles = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) =>
        tg.startSoon(function* () {
          yield* sleepUntil(deadline);
          labels.push(name);
        }),
      );
      yield* checkpoint();
      handles[0]?.cancel();
      handles[3]?.cancel();
    });
    expect(labels).to.deep.equal(['b', 'c', 'e', 'f', 'g']);
  });

  it('L6: a sleep never ends before its time, and on the virtual clock ends exactly then', function* () {
    const overruns = yield* call(function* () {
      const found: number[] = [];
      for (const ms of [0.25, 1, 1.5, 3, 7.75]) {
        const start = currentTime();
        yield* sleep(ms);
        found.push(currentTime() - start - ms);
      }
      return found;
    });
    if (exactTime) expect(overruns).to.deep.equal([0, 0, 0, 0, 0]);
    // Differences of large floating-point times: allow for their rounding, not for a timer that fires early.
    else for (const overrun of overruns) expect(overrun).to.be.greaterThan(-1e-6);
  });

  it('L6: a sleep of more milliseconds than a host timer can count does not end at once', function* () {
    const slept = yield* moveOnAfter(10, () => sleep(2 ** 40), { otherwise: 'still asleep' });
    expect(slept).to.equal('still asleep');
  });

  it('L6: moving a deadline gives its timer a new place', function* () {
    const labels: string[] = [];
    const late = currentTime() + 30;
    const moved = new CancelScope({ deadline: Number.POSITIVE_INFINITY });
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* moved.run(() => parked);
        labels.push('moved');
      });
      tg.startSoon(function* () {
        yield* sleepUntil(late);
        labels.push('sleep');
      });
      yield* checkpoint();
      moved.deadline = late;
      yield* cancelScope(function* () {
        yield* sleepUntil(late);
        labels.push('latest');
      });
    });
    expect(labels).to.deep.equal(['sleep', 'moved', 'latest']);
  });
});

describe('rule L8: the virtual clock', () => {
  it('L8: the clock jumps only when every task is parked', () => {
    const labels: string[] = [];
    runSync(function* () {
      const start = currentTime();
      const at = () => currentTime() - start;
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* sleep(10);
          labels.push(`sleeper at ${at()}`);
        });
        tg.startSoon(function* () {
          for (let i = 0; i < 1_000; i += 1) yield* checkpoint();
          labels.push(`worker at ${at()}`);
        });
      });
    });
    expect(labels).to.deep.equal(['worker at 0', 'sleeper at 10']);
  });

  it('L8: it jumps to the next deadline, not by ticks', () => {
    const times = runSync(function* () {
      const start = currentTime();
      const found: number[] = [];
      for (const ms of [100_000, 0.125, 86_400_000]) {
        yield* sleep(ms);
        found.push(currentTime() - start);
      }
      return found;
    });
    expect(times).to.deep.equal([100_000, 100_000.125, 86_500_000.125]);
  });

  it('L8: it stands still while a foreign wait is open', async () => {
    const labels: string[] = [];
    await runAnywhere(
      function* () {
        const start = currentTime();
        const at = () => currentTime() - start;
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(10);
            labels.push(`sleeper at ${at()}`);
          });
          let resolve = (): void => {};
          tg.startSoon(function* () {
            yield* until(
              new Promise<void>((resolved) => {
                resolve = resolved;
              }),
            );
            labels.push(`promise at ${at()}`);
          });
          tg.startSoon(function* () {
            yield* suspend<void>((resume) => void setTimeout(resume, 15));
            labels.push(`callback at ${at()}`);
            setTimeout(() => resolve(), 15);
          });
        });
      },
      { backend: 'virtual' },
    );
    expect(labels).to.deep.equal(['callback at 0', 'promise at 0', 'sleeper at 10']);
  });

  it('L8: a foreign wait that was given up holds the clock no longer', async () => {
    const labels: string[] = [];
    await runAnywhere(
      function* () {
        const start = currentTime();
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            yield* until(new Promise(() => {}));
          });
          tg.startSoon(function* () {
            yield* sleep(10);
            labels.push(`slept until ${currentTime() - start}`);
          });
          yield* checkpoint();
          handle.cancel();
        });
      },
      { backend: 'virtual' },
    );
    expect(labels).to.deep.equal(['slept until 10']);
  });

  it('L8: sleeping for ever does not hold the clock: there is nothing outside to wait for', () => {
    const outcome = runSync(() => moveOnAfter(10, () => sleepForever(), { otherwise: 'cut' }));
    const alike = runSync(() =>
      moveOnAfter(10, () => sleep(Number.POSITIVE_INFINITY), { otherwise: 'cut as well' }),
    );
    expect([outcome, alike]).to.deep.equal(['cut', 'cut as well']);
  });

  it('L8: an open signal does not hold the clock either', async () => {
    const slept = await runAnywhere(
      function* () {
        const start = currentTime();
        yield* sleep(3_600_000);
        return currentTime() - start;
      },
      { backend: 'virtual', signal: new AbortController().signal },
    );
    expect(slept).to.equal(3_600_000);
  });

  const foreignWaits: [name: string, operation: () => Operation<unknown>][] = [
    ['until', () => until(new Promise(() => {}))],
    ['until', () => until(() => new Promise(() => {}))],
    ['suspend', () => suspend(() => {})],
    ['sleepForever', () => sleepForever()],
  ];
  for (const [name, operation] of foreignWaits) {
    it(`L8: runSync on a foreign wait (${operation.toString().slice(6)}) throws an error that names it`, () => {
      const error = thrown(() =>
        runSync(function* () {
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* waiter() {
              yield* operation();
            });
          });
        }),
      );
      expect(error).to.be.instanceOf(Error);
      expect((error as Error).message)
        .to.include(name)
        .and.to.include('runSync');
    });
  }

  it('L8: runSync that gave up at a foreign wait ran the clean-up first, and can be called again', () => {
    const labels: string[] = [];
    thrown(() =>
      runSync(function* () {
        try {
          yield* suspend(() => () => void labels.push('abort'));
        } finally {
          labels.push('finally');
          yield* shield(() => sleep(5));
          labels.push('shielded clean-up');
        }
      }),
    );
    labels.push(
      runSync(() =>
        call(function* () {
          yield* sleep(1);
          return 'again';
        }),
      ),
    );
    expect(labels).to.deep.equal(['abort', 'finally', 'shielded clean-up', 'again']);
  });
});

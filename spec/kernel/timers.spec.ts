/**
 * Sleeping and the clock. On the virtual backend times are compared with `===`; on a real one only what holds on
 * a slow machine too: the order, and that nobody wakes early.
 */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  checkpointIfCancelled,
  currentTime,
  moveOnAfter,
  moveOnAt,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
} from 'treadle';
import { onEachBackend } from '../support/contract.js';
import { outcome } from '../support/outcome.js';

const LONG = 60_000;
/** The longest delay that a host timer can take; a longer one fires at once if it is handed on as it is. */
const LONGEST_HOST_DELAY = 2 ** 31 - 1;

onEachBackend('timers', (_run, { exactTime, it }) => {
  /** Asserts that a moment has come, and on the virtual clock that it is this very moment. */
  function expectTime(moment: number): void {
    if (exactTime) expect(currentTime()).equal(moment);
    else expect(currentTime()).least(moment);
  }

  it('sleep wakes after the time given, not before', function* () {
    for (const ms of [0, 1, 2.5, 10]) {
      const start = currentTime();
      yield* sleep(ms);
      expectTime(start + ms);
    }
  });

  it('sleepUntil wakes at its deadline, and at once if that has passed', function* () {
    const start = currentTime();
    yield* sleepUntil(start + 5);
    expectTime(start + 5);
    const later = currentTime();
    yield* sleepUntil(start + 1);
    if (exactTime) expect(currentTime()).equal(later);
  });

  it('L6: timers that fall due together fire in the order of their deadlines, then of their creation', function* () {
    const story: string[] = [];
    const base = currentTime() + 5;
    yield* taskGroup(function* (tg) {
      const sleeper = function* (name: string, deadline: number): Coroutine<void> {
        yield* sleepUntil(deadline);
        story.push(name);
      };
      for (const [name, offset] of [
        ['later 1', 2],
        ['first 1', 0],
        ['middle', 1],
        ['first 2', 0],
        ['later 2', 2],
        ['first 3', 0],
      ] as const) {
        tg.startSoon(sleeper, name, base + offset);
      }
      yield* sleep(1);
      // The loop is busy until all of them are due: they fire together.
      if (!exactTime) busy(20);
    });
    expect(story).deep.equal(['first 1', 'first 2', 'first 3', 'middle', 'later 1', 'later 2']);
  });

  it('L6: a deadline of a scope and a sleep that fall due together are treated in the order of creation', function* () {
    const story: string[] = [];
    // the deadline was there first: the sleep is cut short
    const due = currentTime() + 25; // late enough that both tasks sleep by then
    yield* moveOnAt(due, function* () {
      story.push(yield* outcome(sleepUntil(due)));
    });
    // the sleep was there first: it ends, and the next checkpoint is cancelled
    yield* taskGroup(function* (tg) {
      const later = currentTime() + 40;
      const scopes: { deadline: number }[] = [];
      tg.startSoon(function* () {
        yield* cancelScope(function* (scope) {
          scopes.push(scope);
          story.push(yield* outcome(sleepUntil(later)), yield* outcome(sleep(1)));
        });
      });
      yield* sleep(1);
      for (const scope of scopes) scope.deadline = later;
    });
    expect(story).deep.equal(['Cancelled', 'value undefined', 'Cancelled']);
  });

  it('C3: a sleep that is over is not cancelled by a task that woke at the same moment before it', function* () {
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const due = currentTime() + 25; // late enough that both tasks sleep by then
      const handles: ReturnType<TaskGroup['startSoon']>[] = [];
      tg.startSoon(function* () {
        yield* sleepUntil(due);
        for (const handle of handles) handle.cancel();
        story.push('cancelled');
      });
      handles.push(
        tg.startSoon(function* () {
          story.push(yield* outcome(sleepUntil(due)), yield* outcome(sleep(0)));
        }),
      );
    });
    expect(story).deep.equal(['cancelled', 'value undefined', 'Cancelled']);
  });

  it('five hundred sleepers wake in the order of their deadlines, equal ones in the order of arrival', function* () {
    // a fixed sequence of the linear congruential kind: the same deadlines in each run of this spec
    let seed = 12345;
    const next = (): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed;
    };
    const sleepers = Array.from({ length: 500 }, (_, index) => ({ index, offset: next() % 50 }));
    const woken: number[] = [];
    const base = currentTime();
    yield* taskGroup(function* (tg) {
      for (const { index, offset } of sleepers) {
        tg.startSoon(function* () {
          yield* sleepUntil(base + offset);
          woken.push(index);
        });
      }
    });
    const expected = sleepers.slice().sort((a, b) => a.offset - b.offset || a.index - b.index);
    // On a real clock the first ones are due before the last ones have arrived; those keep no order.
    if (exactTime) expect(woken).deep.equal(expected.map((sleeper) => sleeper.index));
    else expect(woken.slice().sort((a, b) => a - b)).deep.equal(sleepers.map((sleeper) => sleeper.index));
  });

  it('half of them are cancelled: the others wake in order, on time', function* () {
    const woken: number[] = [];
    const base = currentTime() + 200; // all are asleep by then, on a machine that stops for a while too
    yield* taskGroup(function* (tg) {
      const handles = Array.from({ length: 200 }, (_, i) =>
        tg.startSoon(function* () {
          yield* sleepUntil(base + ((i * 7) % 20));
          woken.push(i);
        }),
      );
      yield* sleep(1);
      handles.forEach((handle, i) => {
        if (i % 2 === 0) handle.cancel();
      });
    });
    const expected = Array.from({ length: 200 }, (_, i) => i)
      .filter((i) => i % 2 === 1)
      .sort((a, b) => ((a * 7) % 20) - ((b * 7) % 20) || a - b);
    expect(woken).deep.equal(expected);
  });

  it('a sleep for ever, however it is written, ends only by cancellation', function* () {
    const story: string[] = [];
    for (const forever of [sleepForever(), sleep(Infinity), sleepUntil(Infinity)]) {
      yield* moveOnAfter(2, function* () {
        story.push(yield* outcome(forever));
      });
    }
    expect(story).deep.equal(['Cancelled', 'Cancelled', 'Cancelled']);
  });

  it('a timer longer than the host can count does not fire early', function* () {
    const story: string[] = [];
    for (const ms of [LONGEST_HOST_DELAY, LONGEST_HOST_DELAY + 1, 2 ** 40, Number.MAX_VALUE]) {
      yield* moveOnAfter(3, function* () {
        story.push(yield* outcome(sleep(ms)));
      });
      yield* moveOnAfter(ms, function* () {
        story.push(yield* outcome(sleep(1)));
      });
    }
    expect(story).deep.equal(Array(4).fill(['Cancelled', 'value undefined']).flat());
  });

  it('a sleep that was cancelled is forgotten: it holds up neither the run nor the clock', function* () {
    const start = currentTime();
    yield* moveOnAfter(2, () => sleep(LONG));
    yield* moveOnAfter(LONG, () => sleep(2));
    if (exactTime) expect(currentTime()).equal(start + 4);
    else expect(currentTime() - start).lessThan(LONG);
  });

  it('timeouts that never strike leave nothing behind', function* () {
    const heapOf = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const round = function* (): Coroutine<void> {
      for (let i = 0; i < 50_000; i++) yield* moveOnAfter(LONG, checkpointIfCancelled);
      yield* checkpoint();
    };
    yield* round();
    const before = heapOf();
    yield* round();
    yield* round();
    // a hundred thousand scopes that were kept would take ten megabytes and more
    expect(heapOf() - before).lessThan(2_000_000);
  });

  it('timers set from a callback of the host are served', function* () {
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* suspend<void>(
        (resume) =>
          void setTimeout(() => {
            tg.startSoon(function* () {
              yield* sleep(2);
              story.push('slept');
            });
            resume();
          }, 2),
      );
      story.push('body goes on');
    });
    expect(story).deep.equal(['body goes on', 'slept']);
  });

  it('an earlier timer set while a later one is pending wakes first', function* () {
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const sleeper = function* (name: string, ms: number): Coroutine<void> {
        yield* sleep(ms);
        story.push(name);
      };
      tg.startSoon(sleeper, 'late', 120);
      yield* sleep(1);
      tg.startSoon(sleeper, 'early', 60);
      yield* sleep(1);
      tg.startSoon(sleeper, 'earlier', 1);
    });
    expect(story).deep.equal(['earlier', 'early', 'late']);
  });

  it('currentTime never goes back', function* () {
    let last = currentTime();
    for (let i = 0; i < 50; i++) {
      yield* sleep(i % 3 === 0 ? 1 : 0);
      const now = currentTime();
      expect(now).least(last);
      last = now;
    }
  });

  if (exactTime) {
    it('virtual: nothing waits, and the clock stands at exactly the deadlines', function* () {
      const hostStart = performance.now();
      const times: number[] = [];
      const start = currentTime();
      for (const ms of [100_000, 1_000_000, 86_400_000]) {
        yield* sleep(ms);
        times.push(currentTime() - start);
      }
      expect(times).deep.equal([100_000, 1_100_000, 87_500_000]);
      expect(performance.now() - hostStart).lessThan(5_000);
    });

    it('virtual: the clock moves only when every task is parked', function* () {
      const times = new Set<number>();
      yield* taskGroup(function* (tg) {
        tg.startSoon(() => sleep(1));
        for (let i = 0; i < 1_000; i++) {
          yield* sleep(0);
          times.add(currentTime());
        }
      });
      expect(times.size).equal(1);
    });
  } else {
    it('a sleep counts from the moment it is asked for, however long the step was busy before', function* () {
      busy(30);
      const asked = performance.now();
      yield* sleep(20);
      // host timers may fire up to a millisecond early
      expect(performance.now() - asked).least(19);
    });

    it('so does a timeout', function* () {
      busy(30);
      const asked = performance.now();
      yield* moveOnAfter(20, sleepForever);
      expect(performance.now() - asked).least(19);
    });

    it('currentTime moves on within a step', function* () {
      const start = currentTime();
      busy(10);
      expect(currentTime() - start).least(9);
    });
  }
});

/** Keeps the thread busy, as a long computation would. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

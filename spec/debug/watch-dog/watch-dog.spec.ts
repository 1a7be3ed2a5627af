/** The watch-dog, with a clock of its own; and once with the real one, looking from another thread. */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  isCancelled,
  KEEP_WAITING,
  type Operation,
  run,
  runSync,
  shield,
  sleep,
  suspend,
  taskGroup,
} from 'treadle';
import { type WatchDog, type WatchDogOptions, type WatchDogReport, watchDog } from 'treadle/debug';
import { runProgram } from '../../support/child.js';
import { Gate } from '../../support/gate.js';

const HERE = /spec\/debug\/watch-dog\/watch-dog\.spec\.ts$/;

/** A dog that hears no clock but the spec's. */
class Kennel {
  time = 0;
  readonly reports: WatchDogReport[] = [];
  readonly dog: WatchDog;

  constructor(options: WatchDogOptions = {}) {
    this.dog = watchDog({
      live: false,
      now: () => this.time,
      onReport: (report) => this.reports.push(report),
      ...options,
    });
  }

  run(main: () => Operation<unknown>): Promise<unknown> {
    return run(main, { backend: 'virtual', instruments: [this.dog] });
  }
}

describe('the watch-dog on long steps', () => {
  it('reports a step over the limit: who, how long, and where the task stands now', async () => {
    const kennel = new Kennel({ stepLimitMs: 100 });
    await kennel.run(function* main() {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* resize() {
          yield* sleep(5);
          kennel.time += 250; // computing
          yield* sleep(7);
        });
        yield* checkpoint();
        kennel.time += 99;
        yield* checkpoint();
      });
    });
    expect(kennel.reports).to.have.length(1);
    const [report] = kennel.reports as [WatchDogReport];
    expect(report).to.deep.include({ kind: 'step', ms: 250, isLive: false, stack: [] });
    expect(report.task.name).equal('resize');
    expect(report.path).equal('resize (#2), spawned by task main (#1)');
    expect(report.waitsFor).match(/sleep/);
    expect(report.location?.file).match(HERE);
    expect(report.message).match(
      /^task resize \(#2\) held the loop for 250 ms, .* it now waits for sleep.*, at spec.*:\d+:\d+\n/,
    );
  });

  it('says so when the task is ready again, or has ended', async () => {
    const kennel = new Kennel({ stepLimitMs: 100 });
    await kennel.run(function* main() {
      kennel.time += 100;
      yield* checkpoint();
      kennel.time += 100;
    });
    expect(
      kennel.reports.map(({ message }) => /it (now is ready again|has ended since)/.exec(message)?.[1]),
    ).deep.equal(['now is ready again', 'has ended since']);
  });

  it('keeps apart the steps of a run inside of a step', async () => {
    const kennel = new Kennel({ stepLimitMs: 100 });
    await kennel.run(function* outer() {
      kennel.time += 60;
      runSync(
        function* inner() {
          kennel.time += 60;
          yield* checkpoint();
          kennel.time += 60;
        },
        { instruments: [kennel.dog] },
      );
      yield* checkpoint();
    });
    expect(kennel.reports.map(({ task, ms }) => [task.name, ms])).deep.equal([['outer', 180]]);
  });
});

describe('the watch-dog on cancelled scopes', () => {
  const limits = { cancelLimitMs: 1000, stepLimitMs: Infinity };

  /** Cancels a group with these tasks in it and looks at it just before the limit, at it, and later. */
  async function cancelled(kennel: Kennel, ...tasks: (() => Operation<unknown>)[]): Promise<number[]> {
    const counts: number[] = [];
    const look = (time: number): void => {
      kennel.time = time;
      kennel.dog.check();
      counts.push(kennel.reports.length);
    };
    await kennel.run(() =>
      shield(function* () {
        yield* taskGroup(function* program(tg) {
          for (const task of tasks) tg.startSoon(task);
          yield* sleep(1);
          tg.cancel('enough');
          yield* shield(function* () {
            yield* sleep(1);
            look(999);
            look(1000);
            look(5000);
          });
          isOpen = true;
          gate.open();
        });
      }),
    );
    return counts;
  }
  let gate = new Gate();
  let isOpen = false;
  beforeEach(() => {
    gate = new Gate();
    isOpen = false;
  });

  it('reports, once, who is behind a shield; not who has ended', async () => {
    const kennel = new Kennel(limits);
    const counts = await cancelled(
      kennel,
      function* closing() {
        try {
          yield* sleep(1e6);
        } finally {
          yield* shield(() => gate.wait());
        }
      },
      function* obedient() {
        yield* sleep(1e6);
      },
    );
    expect(counts).deep.equal([0, 2, 2]);
    const [main, closing] = kennel.reports as [WatchDogReport, WatchDogReport];
    expect(main.task.id).equal(1); // the spec's own body: it is behind a shield as well
    expect(closing).to.deep.include({ kind: 'cancel', ms: 1000, isLive: true });
    expect(closing.task.name).equal('closing');
    expect(closing.message).match(
      /was cancelled 1000 ms ago and has not ended; it is parked behind a shield: suspend/,
    );
    expect(closing.message).match(/because .* was cancelled by task .*: enough\n/);
    expect(closing.location?.file).match(HERE);
  });

  it('reports a wait that refuses to be given up', async () => {
    const kennel = new Kennel(limits);
    await cancelled(kennel, function* printing() {
      let answer = (): void => {};
      yield* taskGroup(function* (inner) {
        inner.startSoon(function* printer() {
          yield* shield(() => gate.wait());
          answer();
        });
        yield* suspend<void>(
          (resume) => {
            answer = resume;
            return () => KEEP_WAITING;
          },
          { description: 'the old printer', foreign: false },
        );
      });
    });
    const report = kennel.reports.find(({ task }) => task.name === 'printing');
    expect(report?.waitsFor).equal('the old printer');
    expect(report?.message).match(
      /parked in a wait that refuses to be given up \(KEEP_WAITING\): the old printer, at /,
    );
  });

  it('reports who runs on, and not who waits for its children: those are reported', async () => {
    const kennel = new Kennel(limits);
    await cancelled(kennel, function* parent() {
      yield* taskGroup(function* (inner) {
        inner.startSoon(function* swallowing() {
          while (!isOpen) {
            try {
              yield* sleep(1e6);
            } catch (error) {
              expect(isCancelled(error)).equal(true);
              yield* shield(() => sleep(0.1));
            }
          }
        });
      });
    });
    expect(kennel.reports.map(({ task }) => task.name).sort()).deep.equal(['swallowing', 'task-1']);
  });

  it('counts for a task that came later from when it came', async () => {
    const kennel = new Kennel(limits);
    await kennel.run(function* main() {
      yield* taskGroup(function* (tg) {
        tg.cancel();
        yield* shield(function* () {
          kennel.time = 900;
          tg.startSoon(() => shield(() => gate.wait()));
          yield* sleep(1);
          kennel.time = 1500;
          kennel.dog.check();
          expect(kennel.reports.map(({ task }) => task.id)).deep.equal([1]);
          kennel.time = 1900;
          kennel.dog.check();
          expect(kennel.reports.map(({ task }) => task.id)).deep.equal([1, 2]);
          gate.open();
        });
      });
    });
  });

  it('reports so many tasks of a scope, and counts the others', async () => {
    const kennel = new Kennel(limits);
    const behind = (): Operation<unknown> => shield(() => gate.wait());
    await cancelled(kennel, ...Array.from({ length: 25 }, () => behind));
    expect(kennel.reports).to.have.length(10);
    expect(kennel.reports.at(-1)?.message).match(/and so have 16 more tasks$/);
  });

  it('says nothing of scopes that are not cancelled, or are left', async () => {
    const kennel = new Kennel(limits);
    await kennel.run(function* main() {
      yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* checkpoint();
      });
      kennel.time = 5000;
      kennel.dog.check();
      yield* cancelScope(() => sleep(1));
    });
    expect(kennel.reports).deep.equal([]);
  });
});

describe('the watch-dog', () => {
  it('refuses limits that are none, and options that are none', () => {
    expect(() => watchDog({ stepLimitMs: -1 })).throw(RangeError, /stepLimitMs/);
    expect(() => watchDog({ cancelLimitMs: Number.NaN })).throw(RangeError, /cancelLimitMs/);
    // @ts-expect-error there is no such option
    expect(() => watchDog({ stepLimit: 5 })).throw(TypeError, /no option stepLimit: they are stepLimitMs, /);
    // @ts-expect-error a number is no options
    expect(() => watchDog(5)).throw(TypeError, /watchDog/);
  });

  it('looks from another thread: the report comes in the middle of the step, with its stack', async function () {
    this.timeout(20_000);
    let report: WatchDogReport | undefined;
    const over: WatchDogReport[] = [];
    function computing(): void {
      const end = performance.now() + 15_000;
      while (report === undefined && performance.now() < end); // goes on until it has been seen
    }
    using dog = watchDog({
      stepLimitMs: 20,
      onReport: (made) => {
        if (made.isLive) report = made;
        else over.push(made);
      },
    });
    await run(
      function* main(): Coroutine<void> {
        yield* checkpoint();
        computing();
      },
      { instruments: [dog] },
    );
    expect(report?.stack.join('\n')).match(/^ {4}at computing \(/m);
    expect(report?.message).match(/ and still does: .*\n([\s\S]*) {4}at computing \(spec\/debug\/watch-dog/);
    expect(report?.message).match(/… \d+ frames of treadle/);
    expect(report?.location?.file).match(HERE);
    expect(over.map(({ task }) => task.name)).deep.equal(['main']);
  });

  it('counts from where the step began, however long it was not seen', async function () {
    this.timeout(20_000);
    const live: WatchDogReport[] = [];
    const kennel = new Kennel({
      live: true,
      stepLimitMs: 60_000, // of the spec's clock; the other thread's would take a minute
      onReport: (report) => {
        if (report.isLive) live.push(report);
      },
    });
    const inside = (): unknown => runSync(() => checkpoint(), { instruments: [kennel.dog] });
    await kennel.run(function* outer() {
      kennel.time += 100_000;
      inside(); // meanwhile the other thread watches its steps
      const end = performance.now() + 15_000;
      while (live.length === 0 && performance.now() < end);
      inside(); // now the outer step begins to be watched once more: it has been reported
      const later = performance.now() + 50;
      while (performance.now() < later);
    });
    expect(live.map(({ task, ms }) => [task.name, ms])).deep.equal([['outer', 100_000]]);
  });

  it('keeps no process alive, and prints to stderr', async () => {
    const ended = await runProgram(`
      import { run, suspend } from 'treadle';
      import { watchDog } from 'treadle/debug';
      run(function* main() {
        const end = performance.now() + 30;
        while (performance.now() < end);
        yield* suspend(() => {}); // for ever; but nothing keeps the process
      }, { instruments: [watchDog({ stepLimitMs: 10, live: false })] });
    `);
    expect([ended.timedOut, ended.stdout]).deep.equal([false, '']);
    expect(ended.stderr).match(
      /^treadle watch-dog: task main \(#1\) held the loop for \d+ ms, .*program\.ts:7:\d+\n/,
    );
  });
});

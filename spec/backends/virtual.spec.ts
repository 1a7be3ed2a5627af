/** The virtual backend: no waiting, exact times, and a schedule that is the same to the last event. */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  currentEffectiveDeadline,
  currentTime,
  failAfter,
  type Instrument,
  moveOnAfter,
  type Operation,
  run as runAnywhere,
  runSync,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  type TaskStatus,
  TimeoutError,
  taskGroup,
  until,
} from 'treadle';
import { rejection } from '../support/contract.js';
import { eventLog } from '../support/event-log.js';
import { failure } from '../support/failure.js';

const run = <T>(main: () => Operation<T>, instruments: Instrument[] = []) =>
  runAnywhere(main, { backend: 'virtual', instruments });

/** A program with something of everything. */
function* everything(labels: string[]): Coroutine<void> {
  const start = currentTime();
  const note = (text: string) => void labels.push(`${currentTime() - start} ${text}`);
  function* worker(name: string, ms: number): Coroutine<string> {
    try {
      for (let round = 0; round < 3; round += 1) {
        yield* sleep(ms);
        note(`${name} ${round}`);
        yield* checkpoint();
      }
      return name;
    } finally {
      yield* shield(() => sleep(1));
      note(`${name} over`);
    }
  }
  yield* taskGroup(function* (tg) {
    const a = tg.startSoon(worker, 'a', 10);
    const b = tg.startSoon(worker, 'b', 10);
    yield* tg.start(function* service(status: TaskStatus) {
      yield* sleep(15);
      status.started();
      note('service started');
      yield* moveOnAfter(100, () => sleepForever());
      note('service over');
    });
    yield* sleepUntil(start + 20);
    note('body');
    b.cancel();
    yield* a;
    const error = yield* failure(() =>
      failAfter(7, () =>
        taskGroup(function* (inner) {
          inner.startSoon(worker, 'c', 5);
          inner.startSoon(worker, 'd', 2);
        }),
      ),
    );
    note((error as TimeoutError).name);
  });
  note('end');
}

describe('the virtual backend', () => {
  it('waits for nothing: hours pass at once', async () => {
    const real = performance.now();
    const passed = await run(function* () {
      const start = currentTime();
      for (let day = 0; day < 365; day += 1) yield* sleep(86_400_000);
      return currentTime() - start;
    });
    expect(passed).to.equal(365 * 86_400_000);
    expect(performance.now() - real).to.be.lessThan(2_000);
  });

  it('has a clock of its own for each run', async () => {
    const times = await Promise.all(
      [1_000, 10].map((ms) =>
        run(function* () {
          const start = currentTime();
          yield* sleep(ms);
          yield* sleep(ms);
          return currentTime() - start;
        }),
      ),
    );
    expect(times).to.deep.equal([2_000, 20]);
  });

  it('stops its clock while a task works, however long that takes', async () => {
    const passed = await run(function* () {
      const start = currentTime();
      const end = performance.now() + 5;
      while (performance.now() < end) yield* checkpoint();
      return currentTime() - start;
    });
    expect(passed).to.equal(0);
  });

  it('gives a whole story with exact times', async () => {
    const labels: string[] = [];
    await run(() => everything(labels));
    expect(labels).to.deep.equal([
      '10 a 0',
      '10 b 0',
      '15 service started',
      '20 a 1',
      '20 b 1',
      '20 body',
      '21 b over',
      '30 a 2',
      '31 a over',
      '33 d 0',
      '35 d 1',
      '36 c 0',
      '37 d 2',
      '38 d over',
      '39 c over',
      '39 TimeoutError',
      '115 service over',
      '115 end',
    ]);
  });

  it('gives the same trace twice, to the last event, by run and by runSync', async () => {
    const logs = [eventLog(), eventLog(), eventLog()] as const;
    const labels: string[][] = [[], [], []];
    await run(() => everything(labels[0]!), [logs[0]]);
    await run(() => everything(labels[1]!), [logs[1]]);
    runSync(() => everything(labels[2]!), { instruments: [logs[2]] });
    expect(logs[0].lines.length).to.be.greaterThan(100);
    expect(logs[1].lines).to.deep.equal(logs[0].lines);
    expect(logs[2].lines).to.deep.equal(logs[0].lines);
    expect([labels[1], labels[2]]).to.deep.equal([labels[0], labels[0]]);
  });

  it('gives tasks the same ids each time, counted from the start of the run', async () => {
    const ids: number[][] = [];
    for (let i = 0; i < 2; i += 1) {
      const found: number[] = [];
      await run(() => everything([]), [{ spawn: (task) => void found.push(task.id) }]);
      ids.push(found);
    }
    expect(ids[1]).to.deep.equal(ids[0]);
  });

  it('compares deadlines with ===', async () => {
    const found = await run(function* () {
      const start = currentTime();
      const deadline = yield* cancelScope(
        function* (scope) {
          return [scope.deadline, currentEffectiveDeadline()];
        },
        { deadline: start + 0.1 },
      );
      return [deadline, [start + 0.1, start + 0.1]];
    });
    expect(found[0]).to.deep.equal(found[1]);
  });

  it('goes on with real promises, which take no virtual time', async () => {
    const labels: string[] = [];
    await run(function* () {
      const start = currentTime();
      yield* sleep(100);
      labels.push(yield* until(new Promise<string>((resolve) => setTimeout(resolve, 5, 'real'))));
      labels.push(`${currentTime() - start}`);
      yield* sleep(100);
      labels.push(`${currentTime() - start}`);
    });
    expect(labels).to.deep.equal(['real', '100', '200']);
  });

  it('tells a time-out from a deadline that was not reached by one millisecond', async () => {
    const found = await run(function* () {
      return [
        yield* moveOnAfter(10, () => sleepAndGive(9.999, 'in time')),
        yield* moveOnAfter(10, () => sleepAndGive(10.001, 'in time')),
      ];
    });
    expect(found).to.deep.equal(['in time', undefined]);
  });

  it('L4: hands the host its turns also when the clock jumps between short pieces of work', async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 5);
    const rounds = await run(function* () {
      let found = 0;
      while (!fired && found < 500) {
        const end = performance.now() + 1;
        while (performance.now() < end);
        yield* sleep(60_000);
        found += 1;
      }
      return found;
    });
    expect(rounds).to.be.lessThan(100);
  });

  it('fails a time limit at exactly its time', async () => {
    let passed = 0;
    const error = await rejection(
      run(function* () {
        const start = currentTime();
        try {
          yield* failAfter(1_234.5, () => sleepForever());
        } finally {
          passed = currentTime() - start;
        }
      }),
    );
    expect(error).to.be.instanceOf(TimeoutError);
    expect(passed).to.equal(1_234.5);
  });
});

function* sleepAndGive<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

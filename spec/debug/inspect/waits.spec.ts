import { expect } from 'chai';
import {
  CapacityLimiter,
  Condition,
  type Coroutine,
  checkpoint,
  createMemoryObjectStream,
  Event,
  Future,
  Lock,
  type Operation,
  run,
  Semaphore,
  sleep,
  sleepForever,
  suspend,
  type TaskGroup,
  type TaskHandle,
  taskGroup,
  until,
} from 'treadle';
import { inspectTasks } from 'treadle/debug';
import { liveRuns } from '../../../lib/run.js';
import { thrown } from '../../support/contract.js';
import { inspected, named } from '../../support/inspected.js';

/** What the task `waiter` waits for, and which tasks could end it, when `wait` runs beside `holder`. */
async function waitOf(
  wait: (holder: TaskHandle<unknown>, tg: TaskGroup) => Operation<unknown>,
  holder: () => Coroutine<unknown> = sleepForever as never,
): Promise<[string | undefined, ...string[]]> {
  const tasks = await inspected(function* scene() {
    yield* taskGroup(function* (tg) {
      const handle = tg.createTask(holder(), { name: 'holder' });
      tg.createTask(wait(handle, tg), { name: 'waiter' }); // spawned later, so it comes after the holder
    });
  });
  const { waitsFor, waitsForTasks } = named(tasks, 'waiter');
  return [waitsFor, ...waitsForTasks.map((id) => tasks.find((task) => task.id === id)?.name ?? String(id))];
}

/** Keeps what an operation gives until it is cancelled. */
function* keep(operation: Operation<unknown>): Coroutine<void> {
  yield* operation;
  yield* sleepForever();
}

describe('what a task waits for, in words', () => {
  // What other specs have left standing is not looked at.
  before(() => liveRuns.clear());

  it('a sleep that should be over: since when', async () => {
    await run(function* () {
      yield* taskGroup(function* (tg) {
        tg.createTask(sleep(1), { name: 'sleeper' });
        yield* checkpoint();
        const end = performance.now() + 5;
        while (performance.now() < end);
        expect(named(inspectTasks(), 'sleeper').waitsFor).to.match(/^sleep until \d+ ms ago$/);
      });
    });
  });

  it('a lock: who holds it', async () => {
    const lock = new Lock({ name: 'db' });
    expect(
      await waitOf(
        () => lock.acquire(),
        () => keep(lock.acquire()),
      ),
    ).to.deep.equal(['lock "db" held by holder (#3)', 'holder']);
    const nameless = new Lock();
    expect(
      await waitOf(
        () => nameless.acquire(),
        () => keep(nameless.acquire()),
      ),
    ).to.deep.equal(['lock held by holder (#3)', 'holder']);
  });

  it('a semaphore: who has taken permits and could release one', async () => {
    const semaphore = new Semaphore(1, { name: 'slots' });
    expect(
      await waitOf(
        () => semaphore.acquire(),
        () => keep(semaphore.acquire()),
      ),
    ).to.deep.equal(['semaphore "slots" (no permit left, 1 waiting)', 'holder']);
  });

  it('a capacity limiter: who has borrowed, as far as they are tasks', async () => {
    const limiter = new CapacityLimiter(1, { name: 'cpu' });
    expect(
      await waitOf(
        () => limiter.acquire(),
        () => keep(limiter.acquire()),
      ),
    ).to.deep.equal([
      'capacity limiter "cpu" (1 of 1 tokens are lent, to task holder (#3); 1 waiting)',
      'holder',
    ]);
    const other = new CapacityLimiter(1);
    expect(
      await waitOf(
        () => other.acquire(),
        () => keep(other.acquireOnBehalfOf('a job')),
      ),
    ).to.deep.equal(['capacity limiter (1 of 1 tokens are lent, to the string "a job"; 1 waiting)']);
  });

  it('an event, a condition, a future: whoever that may come from', async () => {
    expect(await waitOf(() => new Event({ name: 'ready' }).wait())).to.deep.equal(['event "ready"']);
    expect(await waitOf(() => new Event().wait())).to.deep.equal(['event']);
    expect(await waitOf(() => new Future({ name: 'answer' }).wait())).to.deep.equal([
      'the result of the Future "answer"',
    ]);
    const changed = new Condition(new Lock(), { name: 'changed' });
    const notified = function* (): Coroutine<void> {
      yield* changed.acquire();
      yield* changed.wait();
    };
    expect(await waitOf(notified)).to.deep.equal(['a notification of condition "changed" (1 waiting)']);
  });

  it('a stream: how full it is and how many wait', async () => {
    const [send, receive] = createMemoryObjectStream<number>(100, { name: 'jobs' });
    expect(await waitOf(() => receive.receive())).to.deep.equal([
      'receive on stream "jobs" (0/100, 1 waiting)',
    ]);
    const [full] = createMemoryObjectStream<number>(0);
    expect(await waitOf(() => full.send(1))).to.deep.equal(['send on stream (0/0, 1 waiting)']);
    const [, endless] = createMemoryObjectStream<number>(Infinity);
    expect(await waitOf(() => endless.receive())).to.deep.equal(['receive on stream (0/∞, 1 waiting)']);
    send.close();
  });

  it('time, counted from now', async () => {
    expect(await waitOf(() => sleep(420))).to.deep.equal(['sleep until +420 ms']);
    expect(await waitOf(() => sleepForever())).to.deep.equal(['sleepForever']);
  });

  it('tasks: the end of one, of a group, or that one says it has started', async () => {
    expect(await waitOf((holder) => holder.wait())).to.deep.equal(['the end of task holder (#3)', 'holder']);
    const children = (): Operation<unknown> =>
      taskGroup(function* (tg) {
        tg.createTask(sleepForever(), { name: 'one' });
        tg.createTask(sleepForever(), { name: 'two' });
      });
    expect(await waitOf(children)).to.deep.equal([
      'the end of a task group of task waiter (2 children left)',
      'one',
      'two',
    ]);
    const slow = (_holder: unknown, tg: TaskGroup): Operation<unknown> =>
      tg.start(function* slow(): Coroutine<void> {
        yield* sleepForever();
      });
    expect(await waitOf(slow)).to.deep.equal(['start(): task slow (#5) has not called started()', 'slow']);
  });

  it('a task of another run: not by its number, which there is that of another task', async () => {
    const found = await run(
      function* outer() {
        return yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(sleepForever);
          const inner = run(() => handle.wait(), { name: 'inner', backend: 'virtual' });
          yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
          const waiter = inspectTasks().find((task) => task.run === 'run "inner"');
          handle.cancel();
          yield* until(inner);
          return [waiter?.state, waiter?.waitsForTasks];
        });
      },
      { backend: 'virtual' },
    );
    expect(found).to.deep.equal(['parked', []]);
  });

  it('something outside: by its description, also if that cannot be had', async () => {
    expect(await waitOf(() => suspend(() => {}, { foreign: false, description: 'a click' }))).to.deep.equal([
      'a click',
    ]);
    const description = (): string => {
      throw new Error('no words');
    };
    expect(await waitOf(() => suspend(() => {}, { foreign: false, description }))).to.deep.equal([
      'something whose description cannot be had',
    ]);
    expect(await waitOf(() => until(new Promise(() => {})))).to.deep.equal(['until(promise)']);
  });

  it('a name that is no string is refused where it is given', () => {
    const options = { name: 5 } as never;
    for (const [what, make] of [
      ['new Lock(options)', () => new Lock(options)],
      ['new Event(options)', () => new Event(options)],
      ['new Semaphore(initial, options)', () => new Semaphore(1, options)],
      ['new CapacityLimiter(total, options)', () => new CapacityLimiter(1, options)],
      ['new Condition(lock, options)', () => new Condition(new Lock(), options)],
      ['createMemoryObjectStream(maxBufferSize, options)', () => createMemoryObjectStream(0, options)],
    ] as const) {
      expect(String(thrown(make))).to.equal(`TypeError: the option name of ${what} is a string, not 5`);
    }
  });
});

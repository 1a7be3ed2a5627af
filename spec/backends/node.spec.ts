/**
 * The Node backend: woken promptly, bounded slices, one host timer, and a process that stays alive for live work
 * only. What it has in common with the others is in spec/rules/.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  type Coroutine,
  checkpoint,
  currentTime,
  type Effect,
  getAvailableBackends,
  moveOnAfter,
  type Operation,
  run as runAnywhere,
  sleep,
  sleepUntil,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { watchLeaks } from 'treadle/testing';
import { nodeBackend } from '../../lib/backends/node.js';
import { runProgram } from '../support/child.js';

const run = <T>(main: () => Operation<T>) => runAnywhere(main, { backend: 'node' });

/** Timers of the host that are armed and keep the process alive. */
function hostTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('the node backend', () => {
  it('is there, and is what run uses by itself', async () => {
    expect(getAvailableBackends()).to.include.members(['node', 'virtual']);
    const real = performance.now();
    const elapsed = await runAnywhere(function* () {
      const start = currentTime();
      yield* sleep(20);
      return currentTime() - start;
    });
    expect(elapsed).to.be.within(20, performance.now() - real + 1);
  });
});

describe('the node backend, woken by the host', () => {
  it('resumes a task before the next callback of the host', async () => {
    const labels: string[] = [];
    await run(function* () {
      yield* suspend<void>((resume) => {
        setTimeout(() => {
          labels.push('callback');
          resume();
          setImmediate(() => labels.push('next callback'));
        }, 1);
      });
      labels.push('task');
      yield* sleep(2);
    });
    expect(labels).to.deep.equal(['callback', 'task', 'next callback']);
  });

  it('does not spend a turn of the host on any of many wake-ups', async () => {
    let turns = 0;
    let counting = true;
    setImmediate(function count() {
      turns += 1;
      if (counting) setImmediate(count);
    });
    const late = await run(function* () {
      const found: number[] = [];
      for (let i = 0; i < 100; i += 1) {
        let at = 0;
        yield* suspend<void>((resume) => {
          setImmediate(() => {
            at = turns;
            resume();
          });
        });
        found.push(turns - at);
      }
      return found;
    });
    counting = false;
    expect(late.filter((each) => each > 1)).to.deep.equal([]);
    expect(late.filter((each) => each === 0).length).to.be.greaterThan(90);
  });

  it('is woken when a promise settles, and by several wake-ups of one callback', async () => {
    const labels: string[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        let wake: (() => void)[] = [];
        for (const name of ['a', 'b', 'c']) {
          tg.startSoon(function* () {
            yield* suspend<void>((resume) => void wake.push(resume));
            labels.push(name);
          });
        }
        tg.startSoon(function* () {
          labels.push(yield* until(Promise.resolve('promise')));
        });
        setTimeout(() => {
          for (const resume of wake) resume();
          wake = [];
          labels.push('callback ends');
        }, 100);
      }),
    );
    expect(labels).to.deep.equal(['promise', 'callback ends', 'a', 'b', 'c']);
  });

  it('takes no turns while every task is parked', async () => {
    const steps: string[] = [];
    await runAnywhere(() => sleep(30), {
      backend: 'node',
      instruments: [{ stepStart: (task) => void steps.push(task.name) }],
    });
    expect(steps).to.have.length(2);
  });
});

describe('the node backend under a busy loop', () => {
  /** Tasks that never wait, until `done` or three seconds have passed. */
  function* busily<T>(body: (stop: () => void) => Operation<T>): Coroutine<T> {
    return yield* taskGroup(function* (tg) {
      let busy = true;
      const end = performance.now() + 3_000;
      for (let i = 0; i < 2; i += 1) {
        tg.startSoon(function* () {
          while (busy && performance.now() < end) yield* checkpoint();
        });
      }
      return yield* body(() => {
        busy = false;
      });
    });
  }

  it('L4: serves timers of the host, none of them late by much', async () => {
    // Measured in processor time, of which other programs on the machine take none away.
    const used = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    };
    const intervals: number[] = [];
    await run(() =>
      busily(function* (stop) {
        yield* suspend<void>((resume) => {
          let before = used();
          setTimeout(function tick() {
            intervals.push(used() - before);
            if (intervals.length === 10) {
              stop();
              resume();
              return;
            }
            before = used();
            setTimeout(tick, 5);
          }, 5);
        });
      }),
    );
    intervals.sort((a, b) => a - b);
    expect(intervals).to.have.length(10);
    // 5 ms, and the slice, which is 8; the rest is room for the garbage collector and the compiler.
    expect(intervals[5]).to.be.lessThan(20);
  });

  it('L4: serves sockets', async () => {
    const server: Server = createServer((socket) => {
      socket.pipe(socket);
    });
    const listening = new Promise<number>((resolve, reject) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
    const echo = (socket: Socket, text: string): Effect<string> =>
      suspend((resume) => {
        socket.once('data', (data) => resume(data.toString()));
        socket.write(text);
      });
    const echoed = await run(() =>
      busily(function* (stop) {
        const socket = dial(yield* until(listening), '127.0.0.1');
        const found: string[] = [];
        try {
          for (let i = 0; i < 20; i += 1) found.push(yield* echo(socket, `message ${i}`));
        } finally {
          stop();
          socket.destroy();
          server.close();
        }
        return found;
      }),
    );
    expect(echoed).to.deep.equal(Array.from({ length: 20 }, (_, i) => `message ${i}`));
  });

  it('L4: is not fooled by tasks that are woken by promises for ever', async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 5);
    const end = performance.now() + 3_000;
    const seen = await run(function* () {
      while (!fired && performance.now() < end) yield* until(Promise.resolve());
      return fired;
    });
    expect(seen).to.equal(true);
  });

  it('L4: fires its own timers as well', async () => {
    const overrun = await run(() =>
      busily(function* (stop) {
        const start = currentTime();
        for (let i = 0; i < 5; i += 1) yield* sleep(5);
        stop();
        return currentTime() - start - 25;
      }),
    );
    expect(overrun).to.be.within(-1e-6, 200);
  });

  it('L4: bounds the slice also when every step is slow', async () => {
    let steps = 0;
    let stepsBefore = 0;
    setTimeout(() => {
      stepsBefore = steps;
    }, 1);
    await run(() =>
      taskGroup(function* (tg) {
        // 100 ready tasks of 4 ms each: a slice that counted steps would hold the host up for 400 ms.
        for (let i = 0; i < 100; i += 1) {
          tg.startSoon(function* () {
            const end = performance.now() + (stepsBefore === 0 ? 4 : 0);
            while (performance.now() < end);
            steps += 1;
          });
        }
      }),
    );
    // Before it knows that the steps are slow, the loop may take one batch of them.
    expect(stepsBefore).to.be.within(1, 70);
  });
});

describe('the timers of the node backend', () => {
  afterEach(() => {
    sinon.restore();
  });

  it('are one timer of the host, however many tasks sleep', async () => {
    await new Promise((resolve) => setImmediate(resolve)); // mocha arms its own timer only now
    const before = hostTimers();
    const counts: number[] = [];
    let isOver = false;
    setImmediate(function sample() {
      counts.push(hostTimers() - before);
      if (!isOver) setImmediate(sample);
    });
    await run(() =>
      taskGroup(function* (tg) {
        for (let i = 0; i < 1_000; i += 1) tg.startSoon(() => sleep(10 + (i % 20)));
      }),
    );
    isOver = true;
    expect([Math.max(...counts), hostTimers() - before]).to.deep.equal([1, 0]);
  });

  it('need few calls of setTimeout', async () => {
    const spy = sinon.spy(globalThis, 'setTimeout');
    await run(() =>
      taskGroup(function* (tg) {
        const begin = currentTime() + 500; // five deadlines, however long it takes to begin them all
        for (let i = 0; i < 1_000; i += 1) tg.startSoon(() => sleepUntil(begin + (i % 5)));
      }),
    );
    // One to begin with, and at most one more each time some have fired; a timer may come a little early.
    expect(spy.callCount).to.be.within(1, 15);
  });

  it('is armed anew when an earlier deadline comes, and not for a later one', async () => {
    const labels: string[] = [];
    const spy = sinon.spy(globalThis, 'setTimeout');
    await run(() =>
      taskGroup(function* (tg) {
        tg.startSoon(() => moveOnAfter(60_000, () => sleep(30_000)));
        tg.startSoon(function* () {
          yield* until(Promise.resolve());
          yield* sleep(5);
          labels.push('the early one');
          tg.cancel();
        });
      }),
    );
    expect(labels).to.deep.equal(['the early one']);
    expect(spy.callCount).to.be.within(1, 5);
  });

  it('may be further away than a timer of the host can be', async () => {
    const warnings: string[] = [];
    const listener = (warning: Error) => void warnings.push(warning.name);
    process.on('warning', listener);
    try {
      const outcome = await run(() =>
        moveOnAfter(20, () => moveOnAfter(2 ** 33, () => sleep(2 ** 40)), { otherwise: 'cut' }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect([outcome, warnings]).to.deep.equal(['cut', []]);
    } finally {
      process.off('warning', listener);
    }
  });
});

describe('the later turns of the node backend', () => {
  it('are one immediate of the host, also when a wake-up was sooner, and none is left behind', async () => {
    const watch = watchLeaks();
    let turns = 0;
    const connection = nodeBackend.connect(() => turns++);
    for (let i = 0; i < 3; i++) connection.idle(0, 0, false); // due already
    await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    expect(turns).to.equal(1);
    for (let i = 0; i < 3; i++) connection.idle(0, 0, false);
    connection.close();
    expect(watch.stop()).to.deep.equal([]);
  });
});

describe('the node backend and fake timers', () => {
  it('is driven by fake timers that were installed before the run', async () => {
    const labels: string[] = [];
    const clock = sinon.useFakeTimers();
    try {
      const running = run(function* () {
        const start = currentTime();
        yield* sleep(3_600_000);
        labels.push(`slept ${currentTime() - start}`);
      });
      await clock.tickAsync(3_599_999);
      labels.push('not yet');
      await clock.tickAsync(2);
      await running;
    } finally {
      clock.restore();
    }
    expect(labels).to.deep.equal(['not yet', 'slept 3600000']);
  });
});

describe('the node backend and AsyncLocalStorage', () => {
  it('shows each task what the caller of run saw, whoever spawned or woke it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const labels: string[] = [];
    let resumeLater: () => void = () => {};
    const running = storage.run('caller of run', () =>
      run(() =>
        taskGroup(function* (tg) {
          labels.push(`main: ${storage.getStore()}`);
          tg.startSoon(function* () {
            yield* until(storage.run('a promise of somebody else', () => Promise.resolve()));
            labels.push(`after a promise: ${storage.getStore()}`);
          });
          tg.startSoon(function* () {
            yield* suspend<void>((resume) => {
              resumeLater = resume;
            });
            labels.push(`after a callback: ${storage.getStore()}`);
            yield* sleep(1);
            labels.push(`after a timer: ${storage.getStore()}`);
          });
          storage.run('where it was spawned', () =>
            tg.startSoon(function* () {
              labels.push(`child: ${storage.getStore()}`);
            }),
          );
        }),
      ),
    );
    setTimeout(() => storage.run('who woke it', () => resumeLater()), 3);
    await running;
    expect(labels).to.deep.equal([
      'main: caller of run',
      'child: caller of run',
      'after a promise: caller of run',
      'after a callback: caller of run',
      'after a timer: caller of run',
    ]);
  });

  it('keeps the contexts of simultaneous runs apart', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await Promise.all(
      ['a', 'b'].map((name) =>
        storage.run(name, () =>
          run(function* () {
            const found: unknown[] = [];
            for (let i = 0; i < 3; i += 1) {
              yield* sleep(1);
              found.push(storage.getStore());
            }
            return found;
          }),
        ),
      ),
    );
    expect([seen, storage.getStore()]).to.deep.equal([
      [
        ['a', 'a', 'a'],
        ['b', 'b', 'b'],
      ],
      undefined,
    ]);
  });
});

describe('the node backend and the life of the process', () => {
  it('keeps it alive while a task sleeps, even for ever', async () => {
    const ended = await runProgram(`
      import { isCancelled, run, sleep, sleepForever } from 'treadle';
      await run(() => sleep(30));
      console.log('slept');
      const running = run(sleepForever);
      setTimeout(() => running.cancel(), 30).unref(); // fires only if something else keeps the process alive
      console.log(await running.catch(isCancelled));
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'slept\ntrue\n', stderr: '', timedOut: false });
  });

  it('leaves that to the host while a task waits for something foreign', async () => {
    const ended = await runProgram(`
      import { run, suspend, until } from 'treadle';
      run(() => until(new Promise(() => {}))).then(() => console.log('not reached'));
      run(() => suspend(() => {}));
      process.on('exit', () => console.log('exits by itself'));
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'exits by itself\n', stderr: '', timedOut: false });
  });

  it('lets a foreign wait end that the host keeps the process alive for', async () => {
    const ended = await runProgram(`
      import { readFile } from 'node:fs/promises';
      import { run, until } from 'treadle';
      const text = await run(() => until(readFile(process.execPath).then((bytes) => bytes.length > 0)));
      console.log(text);
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'true\n', stderr: '', timedOut: false });
  });

  it('does not keep it alive for a signal that nobody aborts', async () => {
    const ended = await runProgram(`
      import { run, suspend } from 'treadle';
      run(() => suspend(() => {}, { foreign: false }), { signal: new AbortController().signal });
      process.on('exit', () => console.log('exits by itself'));
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'exits by itself\n', stderr: '', timedOut: false });
  });
});

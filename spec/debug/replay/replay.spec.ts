import { EventEmitter, once as emitted } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import {
  type Backend,
  CancelScope,
  CapacityLimiter,
  Condition,
  type Connection,
  type Coroutine,
  checkpoint,
  currentTime,
  Event,
  events,
  isCancelled,
  Lock,
  moveOnAfter,
  type Operation,
  once,
  run,
  runSync,
  Semaphore,
  shield,
  sleep,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { readRecording, record, replay, replayRuns } from 'treadle/debug';
import { waitAllTasksBlocked } from 'treadle/testing';
import { again, recorded, same } from '../../support/recorded.js';

/** A clock that goes on with every look at it. */
class RushingClock implements Backend {
  readonly name = 'rushing';
  private time = 0;

  now(): number {
    return this.time++;
  }

  connect(turn: () => void): Connection {
    return {
      soon: () => setImmediate(turn),
      later: () => setImmediate(turn),
      idle: () => setImmediate(turn),
      close() {},
    };
  }
}

/** A little server that answers with what it was asked, and knows how often. */
async function served<T>(work: (url: string, asked: () => number) => Promise<T>): Promise<T> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: request.url }));
  });
  server.listen(0, '127.0.0.1');
  await emitted(server, 'listening');
  const { port } = server.address() as { port: number };
  try {
    return await work(`http://127.0.0.1:${port}`, () => asked);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('a replay', () => {
  it('gives what the run gave, and does none of its I/O', async () => {
    let begun = 0;
    function* client(url: string): Coroutine<string> {
      const response = yield* until((signal) => {
        begun++;
        return fetch(`${url}/a`, { signal });
      });
      const { path } = (yield* until(response.json())) as { path: string };
      const second = yield* until(fetch(`${url}/b`)); // begun before until is called
      return `${response.status} ${response.headers.get('content-type')} ${path} ${second.ok}`;
    }
    await served(async (url, asked) => {
      const main = () => client(url);
      const [text, ended] = await recorded(main);
      expect([ended, begun, asked()]).to.deep.equal(['200 application/json /a true', 1, 2]);
      const replayed = again(main, text);
      await delay(30); // a request would have come by now
      expect([replayed, begun, asked()]).to.deep.equal([ended, 2, 2]); // fetch was called, and did not fetch
    });
  });

  it('reads the clock and random numbers that were read', async () => {
    await same(function* () {
      const values = [
        Math.random(),
        Date.now(),
        Date.now(),
        performance.now(),
        crypto.randomUUID(),
        currentTime(),
      ];
      yield* sleep(1);
      const bytes = crypto.getRandomValues(new Uint8Array(4));
      return [...values, process.hrtime.bigint(), bytes, new Date(2020, 1).getTime(), currentTime(), Date()];
    });
  });

  it('leaves the clock and random numbers alone between the steps, and in place when the runs are over', async () => {
    const { random } = Math;
    using recorder = record();
    await Promise.all(
      [1, 2].map((ms) =>
        run(function* () {
          expect(Math.random).to.not.equal(random);
          yield* until(delay(ms).then(() => Math.random() + Date.now() + performance.now()));
        }),
      ),
    );
    expect(Math.random).to.equal(random);
    expect(Object.getOwnPropertyDescriptor(performance, 'now')).to.equal(undefined);
    expect(recorder.text).to.not.contain('"read"');
  });

  it('of tasks that queue for what the others hold', async () => {
    const result = await same(function* () {
      const log: string[] = [];
      const lock = new Lock();
      const semaphore = new Semaphore(1);
      const limiter = new CapacityLimiter(1);
      const changed = new Condition();
      yield* taskGroup(function* (tg) {
        for (const name of ['one', 'two', 'three']) {
          tg.startSoon(function* () {
            {
              using _ = yield* lock.acquire();
              log.push(`${name} ${yield* until(delay(1, 'locked'))}`);
            }
            {
              using _ = yield* semaphore.acquire();
              yield* sleep(1);
            }
            using _limit = yield* limiter.acquire();
            using _ = yield* changed.acquire();
            if (name === 'three') changed.notifyAll();
            else yield* changed.wait();
            log.push(name);
          });
          if (name === 'two') limiter.totalTokens = 3;
        }
      });
      return log;
    });
    expect(result).to.deep.equal(['one locked', 'two locked', 'three locked', 'three', 'one', 'two']);
  });

  it('throws what was thrown, of the same class', async () => {
    await same(function* () {
      yield* until(Promise.reject(new RangeError('too far')));
    });
    await same(function* () {
      try {
        yield* until(readFile('/no/such/file'));
        return 'read';
      } catch (error) {
        return [(error as NodeJS.ErrnoException).code, error instanceof Error];
      }
    });
  });

  it('leaves no rejection unhandled of a promise that nobody waits for', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.prependListener('unhandledRejection', listener);
    const main = function* (): Coroutine<string> {
      const work = async (): Promise<void> => {
        throw new RangeError('too far');
      };
      try {
        yield* until(work());
      } catch (error) {
        return String(error);
      }
      return 'done';
    };
    try {
      expect(await same(main)).to.equal('RangeError: too far');
      await delay(1);
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(unhandled).to.deep.equal([]);
  });

  it('cancels foreign waits as they were cancelled, whatever they answered', async () => {
    await same(function* () {
      const log: unknown[] = [];
      yield* moveOnAfter(1, () => until(new Promise(() => {})));
      const late = yield* moveOnAfter(1, () => until(() => delay(5, 'late')));
      log.push(late);
      yield* moveOnAfter(1, function* () {
        try {
          yield* until((signal) => delay(1000, undefined, { signal }));
        } catch (error) {
          log.push(isCancelled(error));
          throw error;
        }
      });
      yield* moveOnAfter(1, () =>
        until((signal) =>
          delay(1000, undefined, { signal }).catch(() => Promise.reject(new RangeError('broken off'))),
        ),
      );
      return log;
    });
  });

  it('is cancelled where the run was cancelled from outside', async () => {
    const main = function* (): Coroutine<void> {
      try {
        yield* sleep(10_000);
      } finally {
        yield* shield(() => sleep(1));
      }
    };
    const reason = { why: 'enough' };
    const cancelled = await same(main, {}, (running) => setTimeout(() => running.cancel(reason), 3));
    expect(cancelled).to.have.property('reason').that.deep.equals(reason);
    const controller = new AbortController();
    const signal = controller.signal;
    const [text, ended] = await recorded(main, { signal }, () =>
      setTimeout(() => controller.abort('stop'), 3),
    );
    expect(ended).to.equal('stop');
    expect(again(main, text, { signal: new AbortController().signal })).to.equal('stop');
  });

  it('cancels a scope that code outside has cancelled', async () => {
    let scope!: CancelScope;
    await same(
      function* () {
        scope = new CancelScope();
        yield* moveOnAfter(1000, () => scope.run(() => sleep(10_000)));
        return scope.cancelledCaught;
      },
      {},
      () => setTimeout(() => scope.cancel('by hand'), 3),
    );
  });

  it('cancels that very scope which code outside has cancelled, of several', async () => {
    let outer!: CancelScope;
    const main = function* (): Coroutine<unknown> {
      outer = new CancelScope();
      const caught: unknown[] = [];
      yield* outer.run(function* (): Coroutine<void> {
        const inner = new CancelScope();
        try {
          yield* inner.run(() => sleep(10_000));
        } finally {
          caught.push(inner.cancelCalled);
        }
      });
      return [...caught, outer.cancelledCaught];
    };
    const [text, ended] = await recorded(main, {}, () => setTimeout(() => outer.cancel('by hand'), 3));
    expect(ended).to.deep.equal([false, true]);
    expect(again(main, text)).to.deep.equal(ended);
  });

  it('wakes who waits for what another task does, in that order', async () => {
    const emitter = new EventEmitter();
    expect(
      await same(function* () {
        const log: string[] = [];
        const [first, last] = [new Event(), new Event()];
        function* told(name: string, wait: Operation<unknown>): Coroutine<void> {
          yield* wait;
          log.push(name);
        }
        yield* taskGroup(function* (tg) {
          tg.startSoon(told, 'last', last.wait());
          tg.startSoon(told, 'middle', once(emitter, 'news'));
          tg.startSoon(told, 'first', first.wait());
          yield* sleep(1);
          first.set();
          emitter.emit('news');
          last.set();
        });
        return log;
      }),
    ).to.deep.equal(['first', 'middle', 'last']);
  });

  it('ends a wait that its starter has ended, behind what the same step did before', async () => {
    await same(function* () {
      const event = new Event();
      const handles = yield* taskGroup(function* (tg) {
        tg.startSoon(() => event.wait());
        yield* sleep(1);
        event.set();
        return [yield* suspend<number>((resume) => resume(5))];
      });
      return handles;
    });
  });

  it('records no end that came too late', async () => {
    const [text] = await recorded(function* () {
      let settle!: (value: string) => void;
      const promise = new Promise<string>((resolve) => {
        settle = resolve;
      });
      yield* moveOnAfter(1, () => until(promise));
      settle('too late');
      yield* until(delay(1));
    });
    expect(text).to.not.contain('too late');
  });

  it('counts no wait that was cancelled before it began', async () => {
    const emitter = new EventEmitter();
    await same(function* () {
      using news = yield* events(emitter, 'news');
      const scope = new CancelScope();
      yield* scope.run(function* () {
        scope.cancel();
        try {
          yield* news.receive();
        } finally {
          yield* until(delay(1));
        }
      });
      return [yield* until(delay(1, 'one')), yield* until(delay(1, 'two'))];
    });
  });

  it('comes to rest where the run did, before anything came from outside', async () => {
    await same(function* () {
      const log: string[] = [];
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* until(delay(5));
          log.push('waited');
        });
        yield* waitAllTasksBlocked();
        log.push('all at rest');
      });
      return log;
    });
  });

  it('comes to rest where the run did, also if a timer was due at that very moment', async () => {
    let meetings = 0;
    for (let ms = 1; ms <= 20; ms++) {
      const main = function* (): Coroutine<string[]> {
        const log: string[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(ms);
            log.push('slept');
          });
          yield* waitAllTasksBlocked();
          log.push('all at rest');
        });
        return log;
      };
      const [text, ended] = await recorded(main, { backend: new RushingClock() });
      expect(again(main, text)).to.deep.equal(ended);
      if (/\["rest",.*\n\["fire",/.test(text)) meetings++;
    }
    expect(meetings).to.be.above(0);
  });

  it('goes forwards and back', async () => {
    const main = function* (): Coroutine<number> {
      let sum = 0;
      for (let n = 0; n < 4; n++) sum += yield* until(delay(1, n + Math.random()));
      return sum;
    };
    const [text, ended] = await recorded(main);
    const stepper = replay(main, text);
    stepper.goTo(3);
    const [task] = stepper.tasks();
    expect(task?.frames[0]?.locals.find(({ name }) => name === 'n')?.text).to.equal('2');
    stepper.back(2);
    expect(stepper.tasks()[0]?.frames[0]?.locals.find(({ name }) => name === 'n')?.text).to.equal('0');
    stepper.continue();
    expect(stepper.result).to.equal(ended);
    expect(stepper.time).to.equal(readRecording(text).runs[0]?.outcome?.now);
  });

  it('can be left before its end: the clean-up runs, and nothing more comes from the recording', async () => {
    const log: string[] = [];
    const main = function* (): Coroutine<void> {
      try {
        yield* until(delay(1));
      } finally {
        yield* shield(() => sleep(3_600_000));
        log.push('cleaned up');
      }
    };
    const [text] = await recorded(function* main() {
      yield* until(delay(1));
    });
    {
      using stepper = replay(main, text);
      stepper.step();
    }
    expect(log).to.deep.equal(['cleaned up']);
  });

  it('can be left when code behind an await has made a task ready before its time', async () => {
    const log: string[] = [];
    const main = function* main(): Coroutine<void> {
      const event = new Event();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            yield* event.wait();
          } finally {
            log.push('let go');
          }
        });
        yield* checkpoint(); // it waits now
        void Promise.resolve().then(() => event.set());
        yield* until(delay(1));
      });
    };
    const [text] = await recorded(main);
    {
      using stepper = replay(main, text);
      stepper.goTo(4);
      await Promise.resolve();
      expect(stepper.ready).to.deep.equal([]);
    }
    expect(log).to.deep.equal(['let go', 'let go']);
  });

  it('takes runs of runSync, and runs within runs', async () => {
    using recorder = record();
    const inner = function* inner(): Coroutine<number> {
      yield* sleep(10);
      return Math.random();
    };
    const outer = function* outer(): Coroutine<number[]> {
      return [runSync(inner), yield* until(run(inner))];
    };
    const ended = await run(outer);
    recorder[Symbol.dispose]();
    using _ = replayRuns(recorder.text);
    expect(await run(outer)).to.deep.equal(ended);
  });
});

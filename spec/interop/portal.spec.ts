/** `withPortal`: tasks for callbacks and promise code. Rules R5 and R6, and what an open portal means for L5. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  checkpoint,
  currentTask,
  currentTime,
  DeadlockError,
  ExceptionGroup,
  isCancelled,
  moveOnAfter,
  type Operation,
  RunFinishedError,
  run as runOnce,
  runSync,
  shield,
  sleep,
  sleepForever,
  type TaskStatus,
  taskGroup,
  until,
} from 'treadle';
import { events } from '../../lib/interop/events.js';
import { fromAsyncIterable } from '../../lib/interop/from-async-iterable.js';
import { type Portal, withPortal } from '../../lib/interop/portal.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { parked } from '../support/gate.js';
import { ending, failure, outcome } from '../support/outcome.js';
import { same } from '../support/types.js';

function* double(n: number): Coroutine<number> {
  yield* checkpoint();
  return n * 2;
}

function* failing(message: string): Coroutine<never> {
  yield* checkpoint();
  throw new RangeError(message);
}

/** Time of the host: the virtual clock stands while a task waits for a promise (L8), be it that of a portal's task. */
const hostTime = (ms: number) => until(new Promise<void>((resolve) => setTimeout(resolve, ms)));

const story = (error: unknown): string => ending(error);

onEachBackend('withPortal', (run, { it }) => {
  it('gives what the body returns, once the tasks have ended that were started through it', function* () {
    const labels: string[] = [];
    const value = yield* call(function* () {
      const given = yield* withPortal(function* (portal) {
        void portal.call(function* () {
          yield* sleep(2);
          labels.push('task');
        });
        labels.push('body');
        return 7;
      });
      labels.push('after');
      return given;
    });
    expect([value, ...labels]).deep.equal([7, 'body', 'task', 'after']);
  });

  it('throws the error of the body itself, and cancels the tasks first', async () => {
    const labels: string[] = [];
    const boom = new Error('boom');
    const promises: Promise<unknown>[] = [];
    const error = await run(function* () {
      return yield* failure(
        withPortal(function* (portal) {
          promises.push(
            portal
              .call(function* () {
                try {
                  yield* sleepForever();
                } finally {
                  labels.push('cleaned up');
                }
              })
              .catch((e: unknown) => labels.push(story(e))),
          );
          yield* checkpoint();
          yield* checkpoint();
          throw boom;
        }),
      );
    });
    await Promise.all(promises);
    expect(error).equal(boom);
    expect(labels).deep.equal(['cleaned up', 'Cancelled']);
  });

  it('portal.call from a callback: a promise of the value, typed', function* () {
    const value: number = yield* withPortal(function* (portal) {
      const promise = new Promise<number>((resolve, reject) => {
        setTimeout(() => portal.call(double, 21).then(resolve, reject), 1);
      });
      return yield* until(promise);
    });
    expect(value).equal(42);
  });

  it('portal.call runs nothing inline, and names the task after its function', function* () {
    const labels: string[] = [];
    yield* withPortal(function* (portal) {
      const promise = portal.call(function* named() {
        labels.push(currentTask().name, `parent ${currentTask().parentId}`);
        yield* checkpoint();
      });
      labels.push('called');
      yield* until(promise);
      labels.push(`of ${currentTask().id}`);
    });
    expect(labels).deep.equal(['called', 'named', 'parent 1', 'of 1']);
  });

  it('R5: an error goes to its promise only: body and siblings go on', function* () {
    const labels: string[] = [];
    yield* withPortal(function* (portal) {
      const sibling = portal.call(function* () {
        yield* hostTime(2);
        return 'sibling went on';
      });
      labels.push(story(yield* failure(until(portal.call(failing, 'bad')))));
      labels.push(yield* until(sibling));
    });
    expect(labels).deep.equal(['RangeError: bad', 'sibling went on']);
  });

  it('R5: an error after the body has ended is no error of the portal either', async () => {
    const promises: Promise<unknown>[] = [];
    const value = await run(() =>
      withPortal(function* (portal) {
        promises.push(rejection(portal.call(failing, 'late')));
        return 'fine';
      }),
    );
    expect([value, story(await promises[0])]).deep.equal(['fine', 'RangeError: late']);
  });

  it('R5: a function that gives no operation, or throws, rejects the promise', async () => {
    const errors = await run(() =>
      withPortal(function* (portal) {
        // @ts-expect-error an async function gives no operation
        const wrong = portal.call(async () => {});
        const bad = portal.call((): Operation<void> => {
          throw new RangeError('at once');
        });
        return [yield* failure(until(wrong)), yield* failure(until(bad))];
      }),
    );
    expect(errors[0]).instanceOf(TypeError);
    expect(story(errors[1])).equal('RangeError: at once');
  });

  it('R5: an error carries where its task was spawned', function* () {
    const error = yield* withPortal(function* (portal) {
      return yield* failure(until(portal.call(failing, 'traced')));
    });
    expect((error as Error).stack).match(/in task failing \(#2\), spawned by task/);
  });

  it('R5: a rejected promise that nobody heeds is an unhandled rejection, as any', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', note);
    try {
      await run(() =>
        withPortal(function* (portal) {
          void portal.call(failing, 'unheeded');
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    } finally {
      process.off('unhandledRejection', note);
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    expect(unhandled.map(story)).deep.equal(['RangeError: unheeded']);
  });

  it('R5: after its end calls throw RunFinishedError, also while it waits for its tasks', function* () {
    const kept: Portal[] = [];
    const labels: string[] = [];
    const attempt = (portal: Portal): void => {
      labels.push(
        (thrown(() => portal.call(double, 1)) as Error).name,
        (thrown(() => portal.startTask(serve, [1])) as Error).name,
      );
    };
    yield* withPortal(function* (portal) {
      kept.push(portal);
      void portal.call(function* () {
        yield* sleep(2);
        labels.push('still waited for');
        attempt(portal);
      });
    });
    labels.push('ended');
    for (const portal of kept) attempt(portal);
    labels.push('run is over');
    for (const portal of kept) {
      attempt(portal);
      portal.cancel('too late to matter');
    }
    const refused = ['RunFinishedError', 'RunFinishedError'];
    expect(labels).deep.equal([
      ...['still waited for', ...refused],
      ...['ended', ...refused],
      ...['run is over', ...refused],
    ]);
    expect(thrown(() => kept[0]?.call(double, 1))).instanceOf(RunFinishedError);
  });

  it('the promise of a call can be cancelled, before and after the first step', function* () {
    const labels: string[] = [];
    function* patient(name: string): Coroutine<void> {
      labels.push(`${name} begins`);
      try {
        yield* parked;
      } finally {
        labels.push(`${name} ends`);
      }
    }
    yield* withPortal(function* (portal) {
      const early = portal.call(patient, 'early');
      early.cancel('why');
      const error = yield* failure(until(early));
      const late = portal.call(patient, 'late');
      yield* sleep(1);
      late.cancel();
      late.cancel('the second call does not count');
      const other = yield* failure(until(late));
      for (const each of [error, other]) {
        labels.push(isCancelled(each) ? `reason ${String(each.reason)}` : 'no Cancelled');
      }
    });
    expect(labels).deep.equal([
      ...['early begins', 'early ends', 'late begins', 'late ends'],
      ...['reason why', 'reason undefined'],
    ]);
  });

  it('disposing of the promise of a call cancels the task, waits, and swallows that Cancelled alone', async () => {
    const labels: string[] = [];
    await run(() =>
      withPortal(function* (portal) {
        const user = async (): Promise<void> => {
          await using _call = portal.call(function* () {
            try {
              yield* sleepForever();
            } finally {
              yield* shield(() => hostTime(1));
              labels.push('cleaned up');
            }
          });
          await new Promise((resolve) => setTimeout(resolve, 1));
        };
        yield* until(user());
        labels.push('disposed of');
      }),
    );
    expect(labels).deep.equal(['cleaned up', 'disposed of']);
  });

  it('cancel(): body and tasks end, the portal gives undefined, promises reject with the reason', async () => {
    const labels: string[] = [];
    const promises: Promise<unknown>[] = [];
    const value = await run(() =>
      withPortal(function* (portal) {
        promises.push(rejection(portal.call(() => sleepForever())));
        setTimeout(() => portal.cancel('enough'), 1);
        try {
          return yield* sleepForever();
        } finally {
          labels.push('body cleaned up');
        }
      }),
    );
    const error = await promises[0];
    labels.push(isCancelled(error) ? String(error.reason) : 'no Cancelled');
    expect([value, ...labels]).deep.equal([undefined, 'body cleaned up', 'enough']);
  });

  it('cancel() ends the tasks that are waited for when the body has ended', async () => {
    const promises: Promise<unknown>[] = [];
    const value = await run(() =>
      withPortal(function* (portal) {
        promises.push(rejection(portal.call(() => sleepForever())));
        setTimeout(() => portal.cancel('enough'), 1);
        return 'given';
      }),
    );
    expect([value, isCancelled(await promises[0])]).deep.equal(['given', true]);
  });

  it('a scope around it cancels body and tasks', async () => {
    const labels: string[] = [];
    const promises: Promise<unknown>[] = [];
    await run(function* () {
      const scope = new CancelScope();
      yield* scope.run(() =>
        withPortal(function* (portal) {
          promises.push(portal.call(() => parked).catch((error: unknown) => labels.push(story(error))));
          yield* checkpoint();
          scope.cancel();
          labels.push(yield* outcome(parked));
          yield* checkpoint();
        }),
      );
      labels.push(`caught ${scope.cancelledCaught}`);
    });
    await Promise.all(promises);
    expect(labels).deep.equal(['Cancelled', 'caught true', 'Cancelled']);
  });
});

function* serve(port: number, status: TaskStatus<string>): Coroutine<number> {
  yield* hostTime(1);
  status.started(`listening on ${port}`);
  yield* hostTime(2);
  return port;
}

onEachBackend('portal.startTask', (run, { it }) => {
  it('R6: fulfils with a usable handle when the task has called started()', function* () {
    const labels: unknown[] = [];
    yield* withPortal(function* (portal) {
      const handle = yield* until(portal.startTask(serve, [80], { name: 'web' }));
      labels.push(handle.name, handle.startValue, handle.status);
      labels.push(yield* handle, handle.status);
    });
    expect(labels).deep.equal(['web', 'listening on 80', 'pending', 80, 'finished']);
  });

  it('R6: has the shape of tg.startTask: arguments as an array, inferred types', function* () {
    yield* withPortal(function* (portal) {
      const handle = yield* until(portal.startTask(serve, [80]));
      const value: number = yield* handle;
      const start: string = handle.startValue;
      expect([value, start]).deep.equal([80, 'listening on 80']);
      // @ts-expect-error the function takes a number
      const bad = portal.startTask(serve, ['80']);
      yield* until(bad);
    });
  });

  it('R6: the error before started() is the rejection, itself', function* () {
    const boom = new Error('boom');
    const errors = yield* withPortal(function* (portal) {
      function* thrower(): Coroutine<void> {
        yield* checkpoint();
        throw boom;
      }
      function* silent(_status: TaskStatus<number>): Coroutine<void> {
        yield* checkpoint();
      }
      return [
        yield* failure(until(portal.startTask(thrower, []))),
        yield* failure(until(portal.startTask(silent, []))),
      ];
    });
    expect(errors[0]).equal(boom);
    expect(String(errors[1])).match(/returned before it called started\(\)/);
  });

  it('R5: the error after started() shows in the handle only', function* () {
    const labels: unknown[] = [];
    yield* withPortal(function* (portal) {
      const handle = yield* until(
        portal.startTask(function* (status: TaskStatus<void>): Coroutine<void> {
          status.started();
          yield* checkpoint();
          throw new RangeError('later');
        }, []),
      );
      yield* handle.wait();
      labels.push(handle.status, String(handle.exception));
      yield* checkpoint();
      labels.push('the body goes on');
    });
    expect(labels).deep.equal(['failed', 'RangeError: later', 'the body goes on']);
  });

  it('the portal waits for a started task, and its handle can cancel it', function* () {
    const labels: string[] = [];
    yield* withPortal(function* (portal) {
      const handle = yield* until(
        portal.startTask(function* (status: TaskStatus<void>): Coroutine<void> {
          status.started();
          try {
            yield* sleepForever();
          } finally {
            labels.push('task ends');
          }
        }, []),
      );
      setTimeout(() => handle.cancel(), 1);
      labels.push('body ends');
    });
    labels.push('portal ends');
    expect(labels).deep.equal(['body ends', 'task ends', 'portal ends']);
  });

  it('a cancel before started() ends the task, and the promise rejects: with the late error, if there is one', async () => {
    const promises: Promise<unknown>[] = [];
    await run(() =>
      withPortal(function* (portal) {
        promises.push(
          rejection(portal.startTask(() => sleepForever(), [])),
          rejection(
            portal.startTask(function* (): Coroutine<void> {
              try {
                yield* sleepForever();
              } finally {
                yield* shield(() => failing('late'));
              }
            }, []),
          ),
        );
        yield* sleep(1);
        portal.cancel();
        yield* checkpoint();
      }),
    );
    expect((await Promise.all(promises)).map(story)).deep.equal(['Cancelled', 'RangeError: late']);
  });
});

onEachBackend('an open portal and deadlocks', (run, { it }) => {
  it('L5: something may come by it at any time', function* () {
    const labels: string[] = [];
    yield* withPortal(function* (portal) {
      const scope = new CancelScope();
      setTimeout(() => {
        labels.push('a call');
        portal.call(function* () {
          scope.cancel();
          yield* checkpoint();
        });
      }, 2);
      yield* scope.run(() => parked);
      labels.push('woken by it');
    });
    expect(labels).deep.equal(['a call', 'woken by it']);
  });

  it('L5: not once its body has ended, and not when it is over', async () => {
    const promises: Promise<unknown>[] = [];
    const errors = [
      await rejection(
        run(() =>
          withPortal(function* (portal) {
            promises.push(rejection(portal.call(() => parked)));
          }),
        ),
      ),
      await rejection(
        run(function* () {
          yield* withPortal(checkpoint);
          yield* parked;
        }),
      ),
    ];
    for (const error of errors) expect(error).instanceOf(DeadlockError);
    expect((await Promise.all(promises)).map(story)).deep.equal(['Cancelled']);
  });
});

describe('until, for what a portal of the same run gives', () => {
  const onVirtual = <T>(main: () => Operation<T>) => runOnce(main, { backend: 'virtual' });

  it('L8: does not make the virtual clock stand', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        const slow = portal.call(function* () {
          yield* sleep(2000);
          labels.push(`slow at ${currentTime()}`);
        });
        const quick = portal.call(function* () {
          yield* sleep(1000);
          return 'quick';
        });
        labels.push(`${yield* until(quick)} at ${currentTime()}`);
        yield* until(slow);
        labels.push(`body at ${currentTime()}`, yield* until(quick));
        const handle = yield* until(
          portal.startTask(function* (status: TaskStatus<void>): Coroutine<number> {
            yield* sleep(500);
            status.started();
            yield* sleep(500);
            return currentTime();
          }, []),
        );
        labels.push(`started at ${currentTime()}`, `ended at ${yield* handle}`);
      }),
    );
    expect(labels).deep.equal([
      ...['quick at 1000', 'slow at 2000', 'body at 2000', 'quick'],
      ...['started at 2500', 'ended at 3000'],
    ]);
  });

  it('can be given up, by one of several who wait; a rejection is handled by then', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        const promise = portal.call(function* (): Coroutine<void> {
          yield* sleep(10);
          throw new RangeError('bad');
        });
        labels.push(String(yield* moveOnAfter(5, () => until(promise), { otherwise: 'given up' })));
        labels.push(yield* outcome(until(promise)), yield* outcome(until(promise)));
        const unheard = portal.call(failing, 'nobody waits for it to the end');
        yield* moveOnAfter(0, () => until(unheard));
        const scope = new CancelScope();
        scope.cancel();
        yield* scope.run(() => until(unheard));
      }),
    );
    expect(labels).deep.equal(['given up', 'RangeError: bad', 'RangeError: bad']);
  });

  it('L5: does not hide a deadlock once the portal is closed', async () => {
    const promises: Promise<unknown>[] = [];
    const error = await rejection(
      onVirtual(function* () {
        yield* withPortal(function* (portal) {
          const stuck = portal.call(() => parked);
          promises.push(rejection(stuck), rejection(portal.call(() => until(stuck))));
        });
      }),
    );
    expect(error).instanceOf(DeadlockError);
    expect(String(error)).include("until(the promise of a portal's task)");
    expect((await Promise.all(promises)).map(story)).deep.equal(['Cancelled', 'Cancelled']);
  });

  it('waits for a nested run as for any promise', async () => {
    const value = await onVirtual(function* () {
      return yield* until(runOnce(() => sleepThenGive(3), { backend: 'node' }));
    });
    expect(value).equal(3);
  });

  function* sleepThenGive(n: number): Coroutine<number> {
    yield* sleep(n);
    return n;
  }
});

describe('portal.until', () => {
  const onVirtual = <T>(main: () => Operation<T>) => runOnce(main, { backend: 'virtual' });

  async function legacy(portal: Portal, ms: number): Promise<string> {
    await portal.call(() => sleep(ms));
    await portal.call(() => sleep(ms));
    return 'done';
  }

  it('L8: a promise that waits for calls through the portal does not make the virtual clock stand', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        const value = yield* portal.until(legacy(portal, 500));
        same<typeof value, string>();
        labels.push(`${value} at ${currentTime()}`);
        labels.push(`${yield* portal.until(() => legacy(portal, 1000))} at ${currentTime()}`);
        yield* portal.until(portal.call(() => sleep(10)));
        labels.push(`a call itself at ${currentTime()}`);
      }),
    );
    expect(labels).deep.equal(['done at 1000', 'done at 3000', 'a call itself at 3010']);
  });

  it('L8: between the calls, and behind them, the clock stands: the promise takes its own time', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        async function client(): Promise<void> {
          labels.push(`first, ${await portal.call(sleepThenGive, 5)}`);
          await new Promise((resolve) => setTimeout(resolve, 3));
          await portal.call(function* () {
            labels.push(`second at ${currentTime()}`);
          });
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
        // Were the wait none of something outside, the clock would be at 1000 before the host has had a turn.
        labels.push(
          String(yield* moveOnAfter(1000, () => portal.until(client()), { otherwise: 'no time passed' })),
        );
        labels.push(`over at ${currentTime()}`);
        // And the count is in order: a plain wait holds the clock as ever.
        yield* moveOnAfter(1, () => until(new Promise((resolve) => setTimeout(resolve, 3))));
        labels.push(`over at ${currentTime()}`);
      }),
    );
    expect(labels).deep.equal(['first, 5', 'second at 5', 'undefined', 'over at 5', 'over at 5']);
  });

  it('L8: several waits, calls that fail, are cancelled or are being started: the count comes out even', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        async function client(ms: number): Promise<string> {
          await rejection(portal.call(failing, 'bad'));
          const late = portal.call(() => sleepForever());
          setTimeout(() => late.cancel(), 1);
          await rejection(late);
          const handle = await portal.startTask(startSlowly, [ms]);
          return `started at ${handle.startValue}`;
        }
        const job = client(30);
        yield* taskGroup(function* (tg) {
          for (const name of ['a', 'b']) {
            tg.startSoon(function* () {
              labels.push(`${name}: ${yield* portal.until(job)}`);
            });
          }
        });
        yield* moveOnAfter(1, () => until(new Promise((resolve) => setTimeout(resolve, 3))));
        labels.push(`over at ${currentTime()}`);
      }),
    );
    expect(labels).deep.equal(['a: started at 30', 'b: started at 30', 'over at 30']);
  });

  it('is cancelled as until is, and refuses what is no promise', async () => {
    const labels: string[] = [];
    await onVirtual(() =>
      withPortal(function* (portal) {
        const given = yield* moveOnAfter(5, () => portal.until(legacy(portal, 4)), { otherwise: 'given up' });
        labels.push(`${given} at ${currentTime()}`);
        const scope = new CancelScope();
        scope.cancel();
        labels.push(String(yield* scope.run(() => portal.until(async () => labels.push('called')))));
        labels.push(String(thrown(() => portal.until(5 as never))));
        labels.push(yield* outcome(portal.until(Promise.reject(new RangeError('bad')))));
      }),
    );
    expect(labels).deep.equal([
      'given up at 5',
      'undefined',
      'TypeError: until(promise) takes a promise, or a function (signal) => promise, not 5',
      'RangeError: bad',
    ]);
  });

  function* sleepThenGive(n: number): Coroutine<number> {
    yield* sleep(n);
    return n;
  }

  function* startSlowly(ms: number, status: TaskStatus<number>): Coroutine<void> {
    yield* sleep(ms);
    status.started(currentTime());
  }
});

describe('withPortal', () => {
  it('is an effect: it does nothing until it is yielded, and may be yielded again', () => {
    const labels: string[] = [];
    const effect = withPortal(function* () {
      labels.push('body');
      yield* checkpoint();
    });
    labels.push('made');
    runSync(function* () {
      yield* effect;
      yield* effect;
    });
    expect(labels).deep.equal(['made', 'body', 'body']);
  });

  it('a group that the body throws stays the group that it is', async () => {
    const group = new ExceptionGroup([new Error('one'), new Error('two')]);
    const error = await rejection(
      runOnce(() =>
        withPortal(function* () {
          yield* checkpoint();
          throw group;
        }),
      ),
    );
    expect(error).equal(group);
  });

  it('does not let runSync wait for calls that cannot come', () => {
    const error = thrown(() => runSync(() => withPortal(() => parked)));
    expect(String(error)).match(/runSync\(\) cannot wait/);
  });

  it('refuses bad input where it is passed', async () => {
    // @ts-expect-error a portal's body is a function
    expect(thrown(() => withPortal(42))).instanceOf(TypeError);
    await runOnce(() =>
      withPortal(function* (portal) {
        // @ts-expect-error a coroutine in place of its function
        expect(thrown(() => portal.call(double(1)))).instanceOf(TypeError);
        // @ts-expect-error no function
        expect(thrown(() => portal.startTask(undefined, []))).instanceOf(TypeError);
        // @ts-expect-error the arguments are an array
        expect(thrown(() => portal.startTask(serve, 80))).instanceOf(TypeError);
        // @ts-expect-error no name
        expect(thrown(() => portal.startTask(serve, [80], { name: 80 }))).instanceOf(TypeError);
        // @ts-expect-error no stream
        expect(thrown(() => portal.toAsyncIterable([1, 2]))).instanceOf(TypeError);
        yield* checkpoint();
      }),
    );
  });
});

onEachBackend('portal.toAsyncIterable', (run, { it }) => {
  it('gives every item of the stream, and ends with it', async () => {
    const seen: number[] = [];
    await run(() =>
      withPortal(function* (portal) {
        const [send, receive] = createMemoryObjectStream<number>(1);
        const reader = async (): Promise<void> => {
          for await (const item of portal.toAsyncIterable(receive)) seen.push(item);
        };
        const reading = reader();
        for (const item of [1, 2, 3]) yield* send.send(item);
        send.close();
        yield* until(reading);
      }),
    );
    expect(seen).deep.equal([1, 2, 3]);
  });

  it('pulls on demand; leaving the loop early stops that and leaves the stream open', async () => {
    const labels: unknown[] = [];
    await run(() =>
      withPortal(function* (portal) {
        const stream = fromAsyncIterable(
          (async function* () {
            for (let i = 1; ; i++) {
              labels.push(`asked for ${i}`);
              yield i;
            }
          })(),
        );
        const reader = async (): Promise<void> => {
          for await (const item of portal.toAsyncIterable(stream)) {
            labels.push(`read ${item}`);
            if (item === 2) break;
          }
        };
        yield* until(reader());
        labels.push(`a task gets ${yield* stream.receive()}`);
      }),
    );
    expect(labels).deep.equal([
      ...['asked for 1', 'read 1', 'asked for 2', 'read 2'],
      ...['asked for 3', 'a task gets 3'],
    ]);
  });

  it('return() calls off a pull that waits: the iterator is done, and no item is lost', function* () {
    const labels: unknown[] = [];
    yield* withPortal(function* (portal) {
      const [send, receive] = createMemoryObjectStream<number>(5);
      const iterator = portal.toAsyncIterable(receive)[Symbol.asyncIterator]();
      const pull = iterator.next();
      yield* sleep(1);
      yield* until(Promise.resolve(iterator.return?.()));
      labels.push(yield* until(pull), yield* until(iterator.next()));
      yield* send.send(7);
      labels.push(yield* receive.receive());
    });
    const done = { done: true, value: undefined };
    expect(labels).deep.equal([done, done, 7]);
  });

  it('an error of the stream is thrown into the loop, and the iterator has ended', function* () {
    const labels: unknown[] = [];
    yield* withPortal(function* (portal) {
      const [, receive] = createMemoryObjectStream<number>();
      receive.close();
      const iterator = portal.toAsyncIterable(receive)[Symbol.asyncIterator]();
      labels.push(((yield* failure(until(iterator.next()))) as Error).name);
      labels.push(yield* until(iterator.next()));
    });
    expect(labels).deep.equal(['ClosedResourceError', { done: true, value: undefined }]);
  });

  it('after the end of the portal next() rejects with RunFinishedError', async () => {
    const kept: AsyncIterable<unknown>[] = [];
    await run(() =>
      withPortal(function* (portal) {
        using stream = yield* events(new EventTarget(), 'x');
        kept.push(portal.toAsyncIterable(stream));
      }),
    );
    const next = kept[0]?.[Symbol.asyncIterator]().next() ?? Promise.resolve();
    expect(await rejection(next)).instanceOf(RunFinishedError);
  });
});

/** `run`, `runSync` and the `Run` they give: results, cancelling, several loops at once, what is left behind. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  Cancelled,
  type Coroutine,
  cancelScope,
  checkpoint,
  currentTime,
  isCancelled,
  moveOnAfter,
  run as runAnywhere,
  runSync,
  shield,
  sleep,
  sleepForever,
  taskGroup,
  until,
} from 'treadle';
import { runProgram } from './support/child.js';
import { onEachBackend, rejection, thrown } from './support/contract.js';
import { errorsOf } from './support/failure.js';
import { parked } from './support/gate.js';

onEachBackend('run', (run) => {
  it('gives what main returns, whatever operation main is', async () => {
    const values = [
      await run(function* () {
        yield* checkpoint();
        return 'a coroutine';
      }),
      await run(() => sleep(1)),
      await run(() =>
        taskGroup(function* (tg) {
          return yield* tg.startSoon(function* () {
            return 'a group';
          });
        }),
      ),
    ];
    expect(values).to.deep.equal(['a coroutine', undefined, 'a group']);
  });

  it("rejects with main's own error, unwrapped, whatever was thrown", async () => {
    const boom = new Error('boom');
    const caught: unknown[] = [];
    for (const thing of [boom, 'text', undefined, null]) {
      caught.push(
        await rejection(
          run(function* () {
            yield* checkpoint();
            throw thing;
          }),
        ),
      );
    }
    expect(caught).to.deep.equal([boom, 'text', undefined, null]);
    expect(caught[0]).to.equal(boom);
  });

  it('rejects when main throws before it gave an operation: it does not throw itself', async () => {
    const boom = new Error('boom');
    expect(
      await rejection(
        run(() => {
          throw boom;
        }),
      ),
    ).to.equal(boom);
  });

  it('is a promise', async () => {
    const running = run(function* () {
      return 1;
    });
    const labels: unknown[] = [running instanceof Promise, 'cancel' in running.then(String)];
    await running.finally(() => labels.push('finally'));
    labels.push(await running.then((value) => value + 1));
    labels.push(...(await Promise.all([running, running])));
    labels.push(await run(() => failing()).catch((error: Error) => error.message));
    expect(labels).to.deep.equal([true, false, 'finally', 2, 1, 1, 'boom']);
  });

  it('settles only when nothing of it is left: no task runs afterwards', async () => {
    const labels: string[] = [];
    await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              yield* shield(() => sleep(3));
              labels.push('cleaned up');
            }
          });
          yield* checkpoint();
          throw new Error('boom');
        }),
      ),
    );
    labels.push('settled');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(labels).to.deep.equal(['cleaned up', 'settled']);
  });

  it('shows its name in what it reports', async () => {
    const error = await rejection(run(() => parked, { name: 'nightly import' }));
    expect((error as Error).message).to.include('nightly import');
  });

  it('writes into an error that comes out which tasks it left, up to main', async () => {
    const error = await rejection(
      run(function* program() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* fetchAll() {
            yield* taskGroup(function* (inner) {
              inner.startSoon(function* fetchOne() {
                throw new Error('no such page');
              });
            });
          });
        });
      }),
    );
    const leaf = errorsOf(errorsOf(error)[0])[0] as Error;
    expect(leaf.message).to.equal('no such page');
    expect(leaf.stack).to.match(/fetchOne.*fetchAll.*program/s);
  });
});

onEachBackend('Run.cancel', (run) => {
  it('rejects with a Cancelled that carries the reason, after the clean-up', async () => {
    const labels: unknown[] = [];
    const running = run(function* () {
      try {
        yield* sleepForever();
      } finally {
        yield* shield(() => sleep(2));
        labels.push('cleaned up');
      }
    });
    setTimeout(() => running.cancel('enough'), 2);
    const error = await rejection(running);
    labels.push(isCancelled(error), error instanceof Cancelled && error.reason);
    expect(labels).to.deep.equal(['cleaned up', true, 'enough']);
  });

  it('reaches every task', async () => {
    const labels: string[] = [];
    const running = run(() =>
      taskGroup(function* (tg) {
        for (const name of ['a', 'b']) {
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              labels.push(name);
            }
          });
        }
      }),
    );
    setTimeout(() => running.cancel(), 2);
    labels.push(String(isCancelled(await rejection(running))));
    expect(labels).to.deep.equal(['a', 'b', 'true']);
  });

  it('before the first step lets main run to its first checkpoint', async () => {
    const labels: string[] = [];
    const running = run(function* () {
      labels.push('first step');
      yield* checkpoint();
      labels.push('not reached');
    });
    running.cancel();
    labels.push(`cancelled: ${isCancelled(await rejection(running))}`);
    expect(labels).to.deep.equal(['first step', 'cancelled: true']);
  });

  it('keeps the first reason', async () => {
    const running = run(sleepForever);
    running.cancel('first');
    running.cancel('second');
    expect(((await rejection(running)) as Cancelled).reason).to.equal('first');
  });

  it('does not hide what main ended with in spite of it', async () => {
    const boom = new Error('boom');
    const returning = run(function* () {
      try {
        yield* sleepForever();
      } catch {}
      return 'value';
    });
    const throwing = run(function* () {
      try {
        yield* sleepForever();
      } catch {
        throw boom;
      }
    });
    returning.cancel();
    throwing.cancel();
    expect([await returning, await rejection(throwing)]).to.deep.equal(['value', boom]);
  });

  it('after the end does nothing', async () => {
    const running = run(() => sleep(1));
    await running;
    running.cancel();
    expect(await running).to.equal(undefined);
  });

  it('from inside the run is delivered at the next checkpoint', async () => {
    const labels: string[] = [];
    const running = run(function* () {
      yield* checkpoint();
      running.cancel('by itself');
      labels.push('goes on');
      yield* checkpoint();
      labels.push('not reached');
    });
    labels.push(String(((await rejection(running)) as Cancelled).reason));
    expect(labels).to.deep.equal(['goes on', 'by itself']);
  });
});

onEachBackend('several runs', (run) => {
  it('at once do not disturb each other', async () => {
    const labels: string[] = [];
    function* worker(name: string, ms: number): Coroutine<string> {
      yield* sleep(ms);
      labels.push(name);
      return name;
    }
    const slow = run(() => worker('slow', 20));
    const cut = run(() => worker('cut', 20));
    const quick = run(() => worker('quick', 1));
    cut.cancel();
    const ended = await Promise.allSettled([slow, cut, quick]);
    expect(ended.map((each) => each.status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(labels.sort()).to.deep.equal(['quick', 'slow']);
  });

  it('a failing one leaves the others alone', async () => {
    const other = run(function* () {
      yield* sleep(5);
      return 'other';
    });
    await rejection(run(failing));
    expect(await other).to.equal('other');
  });

  it('nest: a run inside a task is awaited like any promise', async () => {
    const labels: string[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          const value = yield* until(
            run(function* inner() {
              labels.push('inner begins');
              yield* sleep(4);
              return 'value of the inner run';
            }),
          );
          labels.push(value);
        });
        tg.startSoon(function* () {
          yield* until(new Promise((resolve) => setTimeout(resolve, 1)));
          labels.push('outer task');
        });
      }),
    );
    expect(labels.at(-1)).to.match(/value of the inner run|outer task/);
    expect(labels).to.have.members(['inner begins', 'outer task', 'value of the inner run']);
  });

  it('nest: what an inner run fails with arrives as it is', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(function* () {
        yield* until(
          run(function* () {
            throw boom;
          }),
        );
      }),
    );
    expect(error).to.equal(boom);
  });

  it('nest: an inner run that was given the signal of the wait is cancelled with it, and awaited', async () => {
    const labels: string[] = [];
    const value = await run(() =>
      cancelScope(function* (scope) {
        setTimeout(() => scope.cancel(), 5);
        yield* until((signal) =>
          run(
            function* () {
              try {
                yield* sleepForever();
              } finally {
                yield* shield(() => sleep(2));
                labels.push('inner cleaned up');
              }
            },
            { signal },
          ),
        );
        labels.push('not reached');
      }),
    );
    labels.push(`outer goes on with ${value}`);
    expect(labels).to.deep.equal(['inner cleaned up', 'outer goes on with undefined']);
  });

  it('nest: runSync inside a task gives its value there and then, and the outer loop goes on', async () => {
    const labels: unknown[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          labels.push('other task of the outer run');
        });
        const before = currentTime();
        labels.push(
          runSync(function* () {
            const start = currentTime();
            yield* taskGroup(function* (inner) {
              inner.startSoon(() => sleep(1_000));
            });
            return currentTime() - start;
          }),
        );
        labels.push(currentTime() - before < 1_000);
        yield* checkpoint();
        labels.push('outer task');
      }),
    );
    expect(labels).to.deep.equal([1_000, true, 'other task of the outer run', 'outer task']);
  });
});

describe('runSync', () => {
  it('gives the value and throws the error itself', () => {
    const boom = new Error('boom');
    const value = runSync(function* () {
      yield* sleep(1_000_000);
      return 'value';
    });
    const error = thrown(() =>
      runSync(function* () {
        yield* checkpoint();
        throw boom;
      }),
    );
    expect([value, error]).to.deep.equal(['value', boom]);
  });

  it('runs everything before it returns', () => {
    const labels: string[] = [];
    runSync(() =>
      taskGroup(function* (tg) {
        for (const ms of [30, 10, 20]) {
          tg.startSoon(function* () {
            yield* sleep(ms);
            labels.push(`${ms}`);
          });
        }
      }),
    );
    labels.push('returned');
    expect(labels).to.deep.equal(['10', '20', '30', 'returned']);
  });

  it('works on the virtual backend only', () => {
    const error = thrown(() => runSync(() => sleep(1), { backend: 'node' })) as Error;
    expect(error).to.be.instanceOf(Error);
    expect(error.message).to.include('virtual');
    expect(runSync(() => sleep(1), { backend: 'virtual' })).to.equal(undefined);
  });

  it('throws the reason of a signal that was aborted beforehand, without calling main', () => {
    const labels: string[] = [];
    const error = thrown(() =>
      runSync(
        () => {
          labels.push('called');
          return checkpoint();
        },
        { signal: AbortSignal.abort('too late') },
      ),
    );
    expect([error, labels]).to.deep.equal(['too late', []]);
  });

  it('nests', () => {
    const value = runSync(function* () {
      yield* sleep(1);
      const inner = runSync(function* () {
        yield* sleep(1);
        return 'inner';
      });
      yield* sleep(1);
      return `${inner}, outer`;
    });
    expect(value).to.equal('inner, outer');
  });
});

describe('what a run leaves behind', () => {
  /** Resources that keep the process alive, after the host has had a turn to let go of them. */
  async function resources(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return process.getActiveResourcesInfo().sort();
  }

  it('one listener on a signal, however many runs have it, and none when they are over', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const { signal } = new AbortController();
    const running = Array.from({ length: 12 }, () => runAnywhere(() => sleep(5), { signal }));
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    await Promise.all(running);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    const later = new AbortController();
    const cancelled = [1, 2, 3].map(() => runAnywhere(sleepForever, { signal: later.signal }));
    later.abort('enough');
    for (const one of cancelled) expect(await rejection(one)).to.equal('enough');
    await runAnywhere(function* () {
      yield* cancelScope(function* ({ signal: own }) {
        for (let i = 0; i < 12; i++) own.addEventListener('abort', () => {});
      });
    });
    await new Promise(setImmediate);
    process.off('warning', warn);
    expect(warnings).to.deep.equal([]);
  });

  it('no timer, listener or handle, however it ended', async () => {
    const before = await resources();
    const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const listenersBefore = listeners();
    const hour = 3_600_000;
    await runAnywhere(() => moveOnAfter(hour, () => sleep(1)));
    await rejection(
      runAnywhere(() =>
        taskGroup(function* (tg) {
          for (let i = 0; i < 10; i += 1) tg.startSoon(() => sleep(hour + i));
          tg.startSoon(sleepForever);
          yield* sleep(1);
          throw new Error('boom');
        }),
      ),
    );
    const cut = runAnywhere(() => sleep(hour), { signal: new AbortController().signal });
    cut.cancel();
    await rejection(cut);
    expect([await resources(), listeners()]).to.deep.equal([before, listenersBefore]);
  });

  it('a process that exits by itself', async () => {
    const ended = await runProgram(`
      import { checkpoint, moveOnAfter, run, sleep, sleepForever, taskGroup, until } from 'treadle';
      const hour = 3_600_000;
      await run(() => moveOnAfter(hour, () => sleep(1)));
      await run(() => taskGroup(function* (tg) {
        for (let i = 0; i < 100; i += 1) tg.startSoon(() => sleep(hour));
        tg.startSoon(sleepForever);
        tg.startSoon(() => until(new Promise(() => {})));
        yield* sleep(1);
        tg.cancel();
      }));
      await run(function* () { throw new Error('boom'); }).catch(() => {});
      const { signal } = new AbortController();
      await run(() => checkpoint(), { signal });
      console.log('done');
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'done\n', stderr: '', timedOut: false });
  });
});

describe('a failed run that nobody awaits', () => {
  it('is an unhandled rejection, as with any promise', async () => {
    const ended = await runProgram(`
      import { run, sleep } from 'treadle';
      run(function* () {
        yield* sleep(1);
        throw new Error('nobody listens');
      });
      setTimeout(() => console.log('not reached'), 1_000);
    `);
    expect([ended.code, ended.stdout, ended.stderr.includes('nobody listens')]).to.deep.equal([1, '', true]);
  });

  it('is none once somebody listens, and one again for a promise derived from it', async () => {
    const ended = await runProgram(`
      import { run, sleep } from 'treadle';
      process.on('unhandledRejection', (error) => console.log('unhandled: ' + error.message));
      const fails = (message) => run(function* () {
        yield* sleep(1);
        throw new Error(message);
      });
      fails('caught').catch(() => {});
      fails('awaited by allSettled');
      await Promise.allSettled([fails('settled')]);
      fails('derived').then(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    `);
    expect(ended.stdout.trim().split('\n').sort()).to.deep.equal([
      'unhandled: awaited by allSettled',
      'unhandled: derived',
    ]);
  });
});

function* failing(): Coroutine<never> {
  throw new Error('boom');
}

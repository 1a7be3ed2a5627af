/** Task handles between the rules: many waiters, early and late cancels, every way for a task to end. */
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  Cancelled,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  ExceptionGroup,
  isCancelled,
  moveOnAfter,
  run as runAnywhere,
  shield,
  sleep,
  sleepForever,
  suspend,
  TaskCancelled,
  TaskFailed,
  type TaskGroup,
  type TaskHandle,
  type TaskStatus,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';
import { Gate } from '../support/gate.js';

/** Handles that live on. */
let kept: readonly TaskHandle<void>[] = [];

onEachBackend('task handles', (run, { it }) => {
  it('wake all who wait, in the order in which they began to', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const gate = new Gate();
      const worker = tg.startSoon(function* () {
        yield* gate.wait();
        return 'value';
      });
      for (const name of ['a', 'b', 'c', 'd']) {
        tg.startSoon(function* () {
          if (name < 'c') labels.push(`${name}: ${yield* worker}`);
          else {
            yield* worker.wait();
            labels.push(`${name}: ${worker.returnValue}`);
          }
        });
      }
      yield* sleep(1);
      gate.open();
    });
    expect(labels).to.deep.equal(['a: value', 'b: value', 'c: value', 'd: value']);
  });

  it('print in a line, and so do groups and scopes: what they hang on is not for readers', function* () {
    yield* taskGroup(
      function* (tg) {
        const nap = tg.createTask(sleep(1), { name: 'nap' });
        const title = `task nap (#${nap.id})`;
        expect([String(nap), inspect(nap)]).to.deep.equal([title, `TaskHandle { ${title}: pending }`]);
        expect(JSON.stringify([nap])).to.equal(`[{"id":${nap.id},"name":"nap","status":"pending"}]`);
        expect(inspect(tg)).to.equal('TaskGroup { task group "naps", children: 1, cancelCalled: false }');
        yield* cancelScope(function* (scope) {
          scope.cancel();
          expect(inspect(scope)).to.equal(
            'CancelScope { deadline: Infinity, shield: false, cancelCalled: true }',
          );
        });
      },
      { name: 'naps' },
    );
  });

  it('give each of many waiters the failure', function* () {
    const boom = new Error('boom');
    const causes: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const handle = yield* failingTask(tg, boom, 2);
      for (let i = 0; i < 3; i += 1) {
        tg.startSoon(function* () {
          const error = yield* failure(() => handle);
          causes.push(error instanceof TaskFailed && error.cause);
        });
      }
    });
    expect(causes).to.deep.equal([boom, boom, boom]);
  });

  it('are not cancelled by the cancellation of who waits, and wake the others all the same', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const worker = tg.startSoon(function* () {
        yield* sleep(30);
        return 'value';
      });
      tg.startSoon(function* () {
        yield* moveOnAfter(2, () => worker);
        labels.push(`gave up: ${worker.status}`);
      });
      tg.startSoon(function* () {
        labels.push(yield* worker);
      });
    });
    expect(labels).to.deep.equal(['gave up: pending', 'value']);
  });

  it('let wait() end normally, however the task ended', function* () {
    const outcomes = yield* call(function* () {
      const found: unknown[] = [];
      yield* taskGroup(function* (tg) {
        const finished = tg.startSoon(checkpoint);
        const cancelled = tg.startSoon(sleepForever);
        const failed = yield* failingTask(tg, new Error('boom'), 1);
        yield* checkpoint();
        cancelled.cancel();
        for (const handle of [finished, cancelled, failed]) {
          found.push([yield* handle.wait(), handle.status]);
        }
      });
      return found;
    });
    expect(outcomes).to.deep.equal([
      [undefined, 'finished'],
      [undefined, 'cancelled'],
      [undefined, 'failed'],
    ]);
  });

  it('of ended tasks are checkpoints still: they switch tasks, and they are cancelled', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        return 'value';
      });
      yield* handle.wait();
      tg.startSoon(function* () {
        labels.push('other task');
      });
      labels.push(yield* handle);
      yield* cancelScope(function* (scope) {
        scope.cancel();
        for (const operation of [handle, handle.wait()]) {
          labels.push(`cancelled: ${isCancelled(yield* failure(() => operation))}`);
        }
        yield* handle;
      });
    });
    expect(labels).to.deep.equal(['other task', 'value', 'cancelled: true', 'cancelled: true']);
  });

  it('cancelled before the first step let the task run to its first checkpoint', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        labels.push(`first step: ${handle.status}`);
        try {
          yield* checkpoint();
        } catch (error) {
          labels.push(`cancelled: ${isCancelled(error)}`);
          throw error;
        }
      });
      handle.cancel();
      yield* handle.wait();
      labels.push(handle.status);
    });
    expect(labels).to.deep.equal(['first step: cancelling', 'cancelled: true', 'cancelled']);
  });

  it('cancelled before a first step that has no checkpoint let the task finish', function* () {
    const found = yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        return 'value';
      });
      handle.cancel();
      yield* handle.wait();
      return [handle.status, handle.returnValue];
    });
    expect(found).to.deep.equal(['finished', 'value']);
  });

  it('cancelled with a value on its way deliver the value, and the cancellation after it', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      let resume: (value: string) => void = () => {};
      const handle = tg.startSoon(function* () {
        labels.push(
          yield* suspend<string>(
            (wake) => {
              resume = wake;
              return () => {
                labels.push('aborted');
              };
            },
            { foreign: false },
          ),
        );
        try {
          yield* checkpoint();
        } finally {
          labels.push('cancelled at the next checkpoint');
        }
      });
      yield* checkpoint();
      resume('value'); // the task is in the ready queue now
      handle.cancel();
    });
    expect(labels).to.deep.equal(['value', 'cancelled at the next checkpoint']);
  });

  it('let a task cancel itself', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        handle.cancel();
        labels.push('goes on');
        yield* checkpoint();
        labels.push('not reached');
      });
      yield* handle.wait();
      labels.push(handle.status);
    });
    expect(labels).to.deep.equal(['goes on', 'cancelled']);
  });

  it('tell how a task ended that was asked to end but had its own mind', function* () {
    const boom = new Error('boom');
    const statuses = yield* call(function* () {
      const found: string[] = [];
      yield* failure(() =>
        taskGroup(function* (tg) {
          const finishing = tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } catch {}
            return 'value';
          });
          const failing = tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } catch {
              throw boom;
            }
          });
          yield* checkpoint();
          finishing.cancel();
          failing.cancel();
          found.push(finishing.status, failing.status);
          yield* shield(function* () {
            yield* finishing.wait();
            yield* failing.wait();
          });
          found.push(finishing.status, finishing.returnValue, failing.status);
        }),
      );
      return found;
    });
    expect(statuses).to.deep.equal(['cancelling', 'cancelling', 'finished', 'value', 'failed']);
  });

  it('keep the first reason of several cancels', function* () {
    const reasons: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        try {
          yield* sleepForever();
        } catch (error) {
          reasons.push(error instanceof Cancelled && error.reason);
          throw error;
        }
      });
      yield* checkpoint();
      handle.cancel('the first');
      handle.cancel('the second');
    });
    expect(reasons).to.deep.equal(['the first']);
  });

  it('reach everything below their task: scopes, groups, and tasks of groups', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        yield* taskGroup(function* (nested) {
          nested.startSoon(function* () {
            try {
              yield* cancelScope(() => sleepForever());
            } finally {
              labels.push('grandchild cut');
            }
          });
        });
      });
      yield* sleep(1);
      handle.cancel();
      yield* handle.wait();
      labels.push(handle.status);
    });
    expect(labels).to.deep.equal(['grandchild cut', 'cancelled']);
  });

  it('tell who reads or awaits a cancelled task which task it was, and why', function* () {
    const errors: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* download() {
        yield* sleepForever();
      });
      handle.cancel('no longer needed');
      errors.push(yield* failure(() => handle));
      errors.push(thrown(() => handle.returnValue));
    });
    for (const error of errors) {
      expect(error).to.be.instanceOf(TaskCancelled);
      const { message, cause } = error as TaskCancelled;
      expect(message).to.include('download');
      expect(cause instanceof Cancelled && cause.reason).to.equal('no longer needed');
    }
  });

  it('hold the operation they were made from', function* () {
    const found = yield* taskGroup(function* (tg) {
      const effect = sleep(1);
      function* child(): Coroutine<void> {}
      const coroutine = child();
      return [tg.createTask(effect).coroutine === effect, tg.createTask(coroutine).coroutine === coroutine];
    });
    expect(found).to.deep.equal([true, true]);
  });

  it('hold their coroutine, one and the same for good; once it has ended it is refused', function* () {
    const labels: unknown[] = [];
    function* child(): Coroutine<void> {
      yield* checkpoint();
    }
    yield* taskGroup(function* (tg) {
      const asked = tg.startSoon(child);
      const silent = [tg.startSoon(child), tg.startSoon(child)] as const;
      const whileItRan = asked.coroutine;
      yield* asked.wait();
      yield* silent[1].wait();
      labels.push(asked.coroutine === whileItRan);
      const [one, other] = silent.map((handle) => handle.coroutine);
      labels.push(one === silent[0].coroutine, one === other, one === whileItRan);
      for (const coroutine of [one, whileItRan]) {
        labels.push(
          String(coroutine),
          thrown(() => tg.createTask(coroutine as Coroutine<void>)) instanceof TypeError,
        );
      }
    });
    expect(labels).to.deep.equal([
      ...[true, true, false, false],
      ...['[object Generator]', true, '[object Generator]', true],
    ]);
  });

  it('of startSoon let go of the coroutine of a task that has ended', async () => {
    function* child(): Coroutine<void> {
      yield* checkpoint();
    }
    const refs = await run(function* () {
      const refs: WeakRef<object>[] = [];
      const handles = yield* taskGroup(function* (tg) {
        return [1, 2, 3].map(() =>
          tg.startSoon(() => {
            const coroutine = child();
            refs.push(new WeakRef(coroutine));
            return coroutine;
          }),
        );
      });
      for (const handle of handles) expect(handle.status).to.equal('finished');
      kept = handles;
      return refs;
    });
    for (let round = 0; round < 20 && refs.some((ref) => ref.deref() !== undefined); round++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      globalThis.gc?.();
    }
    expect(refs.map((ref) => ref.deref())).to.deep.equal([undefined, undefined, undefined]);
    for (const { coroutine } of kept) expect(String(coroutine)).to.equal('[object Generator]');
    kept = [];
  });

  it('wait behind a shield while their waiter is cancelled', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const worker = tg.startSoon(function* () {
        yield* sleep(30);
        return 'value';
      });
      yield* moveOnAfter(1, function* () {
        labels.push(yield* shield(() => worker));
        yield* checkpoint();
        labels.push('not reached');
      });
    });
    expect(labels).to.deep.equal(['value']);
  });

  it('C4: catch an exception group that the cancelled task made of its cancellation', async () => {
    const boom = new Error('boom');
    const statuses: string[] = [];
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          function* wrap(...others: unknown[]): Coroutine<void> {
            try {
              yield* sleepForever();
            } catch (cancelled) {
              throw new ExceptionGroup([cancelled, ...others]);
            }
          }
          const alone = tg.startSoon(wrap);
          yield* checkpoint();
          alone.cancel();
          yield* alone.wait();
          statuses.push(alone.status);
          const mixed = tg.startSoon(wrap, boom);
          yield* checkpoint();
          mixed.cancel();
        }),
      ),
    );
    expect(statuses).to.deep.equal(['cancelled']);
    expect(errorsOf(errorsOf(error)[0])).to.deep.equal([boom]);
  });

  it('of another run can be waited on: to this one that is a wait for something outside', async () => {
    const labels: string[] = [];
    let leak: (handle: TaskHandle<string>) => void = () => {};
    const leaked = new Promise<TaskHandle<string>>((resolve) => {
      leak = resolve;
    });
    const other = runAnywhere(() =>
      taskGroup(function* (tg) {
        leak(
          tg.startSoon(function* () {
            yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
            return 'value of the other run';
          }),
        );
      }),
    );
    await run(function* () {
      labels.push(yield* yield* until(leaked));
    });
    await other;
    expect(labels).to.deep.equal(['value of the other run']);
  });

  it('can have very many waiters, who come and go', async () => {
    const waiters = 100_000;
    const outcome = await run(() =>
      taskGroup(function* (tg) {
        const gate = new Gate();
        const worker = tg.startSoon(function* () {
          yield* gate.wait();
          return 1;
        });
        const waiting = Array.from({ length: waiters }, () => tg.createTask(worker));
        yield* checkpoint();
        // Every second one gives up, the youngest first.
        for (let i = waiters - 1; i > 0; i -= 2) waiting[i]?.cancel();
        gate.open();
        yield* worker;
        yield* checkpoint();
        return waiting.filter((handle) => handle.status === 'finished').length;
      }),
    );
    expect(outcome).to.equal(waiters / 2);
  });

  it('of a run that is over can be cancelled and read, but wake nobody', function* () {
    let leaked: TaskHandle<unknown> | undefined;
    yield* taskGroup(function* (tg) {
      leaked = tg.startSoon(sleepForever);
      tg.cancel();
    });
    leaked?.cancel();
    expect(leaked?.status).to.equal('cancelled');
  });
});

/** The handle of a task that will fail after `ms`, in a group whose failure is handled and goes no further. */
function* failingTask(tg: TaskGroup, error: unknown, ms: number): Coroutine<TaskHandle<void>> {
  return yield* tg.start(function* (status: TaskStatus<TaskHandle<void>>) {
    yield* failure(() =>
      taskGroup(function* (own) {
        status.started(
          own.startSoon(function* () {
            yield* sleep(ms);
            throw error;
          }),
        );
      }),
    );
  });
}

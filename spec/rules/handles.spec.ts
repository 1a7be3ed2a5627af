/** Rules G6 and G7 of the design: handles, and the names of tasks. */
import { expect } from 'chai';
import {
  call,
  cancelScope,
  checkpoint,
  coroutine,
  type Instrument,
  isCancelled,
  shield,
  sleep,
  sleepForever,
  TaskCancelled,
  TaskFailed,
  type TaskHandle,
  TaskNotFinished,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import { onEachBackend, thrown } from '../support/contract.js';
import { failure } from '../support/failure.js';

onEachBackend('rule G6: handles', (_run, { it }) => {
  it('G6: a handle can be read by anyone, also when the run is over', function* () {
    const boom = new Error('boom');
    const handles = yield* call(function* () {
      const found: TaskHandle<unknown>[] = [];
      yield* failure(() =>
        taskGroup(function* (tg) {
          found.push(
            tg.startSoon(function* () {
              return 'value';
            }),
            tg.startSoon(sleepForever),
            tg.startSoon(function* () {
              yield* checkpoint();
              throw boom;
            }),
          );
          expect(found.map((handle) => handle.status)).to.deep.equal(['pending', 'pending', 'pending']);
          for (const handle of found) {
            expect(thrown(() => handle.returnValue)).to.be.instanceOf(TaskNotFinished);
            expect(thrown(() => handle.exception)).to.be.instanceOf(TaskNotFinished);
          }
        }),
      );
      return found;
    });
    const [finished, cancelled, failed] = handles;
    expect(handles.map((handle) => handle.status)).to.deep.equal(['finished', 'cancelled', 'failed']);
    expect([finished?.returnValue, finished?.exception, failed?.exception]).to.deep.equal([
      'value',
      undefined,
      boom,
    ]);
    expect(thrown(() => cancelled?.returnValue)).to.be.instanceOf(TaskCancelled);
    expect(thrown(() => cancelled?.exception)).to.be.instanceOf(TaskCancelled);
    const why = thrown(() => failed?.returnValue);
    expect(why).to.be.instanceOf(TaskFailed).and.not.instanceOf(TaskCancelled);
    expect((why as TaskFailed).cause).to.equal(boom);
  });

  it('G6: it can be waited on by anyone, and by many', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      const handle = yield* taskGroup(function* (tg) {
        const worker = tg.startSoon(function* () {
          yield* sleep(2);
          return 'value';
        });
        for (const name of ['a', 'b']) {
          outer.startSoon(function* () {
            labels.push(`${name}: ${yield* worker}`);
          });
        }
        return worker;
      });
      yield* handle.wait();
      labels.push(`after the end: ${yield* handle}`);
    });
    expect(labels).to.deep.equal(['a: value', 'b: value', 'after the end: value']);
  });

  it('G6: it can be cancelled by anyone', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        const worker = tg.startSoon(sleepForever);
        const other = tg.startSoon(sleepForever);
        outer.startSoon(function* stranger() {
          worker.cancel();
          labels.push(`by a stranger: ${worker.status}`);
        });
        setTimeout(() => {
          other.cancel();
          labels.push(`by a host callback: ${other.status}`);
        }, 2);
      });
      labels.push('group over');
    });
    expect(labels).to.deep.equal([
      'by a stranger: cancelling',
      'by a host callback: cancelling',
      'group over',
    ]);
  });

  it('G6: its status is cancelling from the cancel to the end, of the task, its group, or a scope further out', function* () {
    for (const how of ['task', 'group', 'scope'] as const) {
      const seen: string[] = [];
      yield* cancelScope(function* (scope) {
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              yield* shield(() => sleep(1));
            }
          });
          yield* checkpoint();
          seen.push(handle.status);
          if (how === 'task') handle.cancel();
          else if (how === 'group') tg.cancel();
          else scope.cancel();
          seen.push(handle.status);
          yield* shield(() => handle.wait());
          seen.push(handle.status);
        });
      });
      expect(seen, how).to.deep.equal(['pending', 'cancelling', 'cancelled']);
    }
  });

  it('G6: cancelling a finished task does nothing', function* () {
    const found = yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(function* () {
        return 'value';
      });
      yield* handle;
      handle.cancel('too late');
      yield* checkpoint();
      return [handle.status, handle.returnValue];
    });
    expect(found).to.deep.equal(['finished', 'value']);
  });

  it('G6: cancelling one task leaves its siblings alone', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(sleepForever);
      tg.startSoon(function* () {
        yield* sleep(20);
        labels.push('sibling over');
      });
      yield* checkpoint();
      handle.cancel();
      yield* handle.wait();
      labels.push(`${handle.status}, group cancelled: ${tg.cancelScope.cancelCalled}`);
    });
    expect(labels).to.deep.equal(['cancelled, group cancelled: false', 'sibling over']);
  });

  it('G6: who waits on the handle of a task that fails gets TaskFailed', function* () {
    const boom = new Error('boom');
    const errors: unknown[] = [];
    yield* taskGroup(function* (outer) {
      yield* failure(() =>
        taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            yield* sleep(2);
            throw boom;
          });
          outer.startSoon(function* () {
            errors.push(yield* failure(() => handle));
          });
        }),
      );
    });
    expect(errors).to.have.length(1);
    expect(errors[0]).to.be.instanceOf(TaskFailed).and.not.instanceOf(TaskCancelled);
    expect((errors[0] as TaskFailed).cause).to.equal(boom);
  });

  it('G6: who waits on that of a task that is cancelled gets TaskCancelled, and is not cancelled', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(sleepForever);
      tg.startSoon(function* () {
        const error = yield* failure(() => handle);
        labels.push(
          `${error instanceof TaskCancelled}, ${error instanceof TaskFailed}, ${isCancelled(error)}`,
        );
        yield* checkpoint();
        labels.push('waiter goes on');
      });
      yield* checkpoint();
      handle.cancel('no longer needed');
    });
    expect(labels).to.deep.equal(['true, true, false', 'waiter goes on']);
  });

  it('G6: startValue of a task not started by startTask throws', function* () {
    const error = yield* taskGroup(function* (tg) {
      return thrown(() => tg.startSoon(checkpoint).startValue);
    });
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.include('startTask');
  });
});

onEachBackend('rule G7: names', (run, { it }) => {
  it('G7: the generator function given to startSoon, start and startTask names the task', async () => {
    const names: string[] = [];
    const instrument: Instrument = { spawn: (task) => void names.push(task.name) };
    await run(
      function* program() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* download() {});
          yield* tg.start(function* listen(status: TaskStatus) {
            status.started();
          });
          const handle = yield* tg.startTask(function* serve(status: TaskStatus) {
            status.started();
          }, []);
          names.push(`handle of ${handle.name}`);
        });
      },
      { instruments: [instrument] },
    );
    expect(names).to.deep.equal(['program', 'download', 'listen', 'serve', 'handle of serve']);
  });

  it("G7: so does the name that coroutine('walk', …) gave", function* () {
    const walk = coroutine('walk', function* () {});
    const stroll = coroutine(function* stroll() {});
    const names = yield* taskGroup(function* (tg) {
      return [tg.startSoon(walk), tg.createTask(walk()), tg.createTask(stroll())].map(
        (handle) => handle.name,
      );
    });
    expect(names).to.deep.equal(['walk', 'walk', 'stroll']);
  });

  it('G7: and the generator function given to call', function* () {
    const names = yield* taskGroup(function* (tg) {
      return [
        tg.createTask(
          call(function* visit(_page: string) {
            yield* checkpoint();
          }, '/users'),
        ).name,
      ];
    });
    expect(names).to.deep.equal(['visit']);
  });

  it('G7: else the name option does', function* () {
    const names = yield* taskGroup(function* (tg) {
      return [
        tg.createTask(sleep(1), { name: 'nap' }),
        tg.createTask((function* () {})(), { name: 'anonymous no more' }),
        yield* tg.startTask(
          function* (status: TaskStatus) {
            status.started();
          },
          [],
          { name: 'server' },
        ),
      ].map((handle) => handle.name);
    });
    expect(names).to.deep.equal(['nap', 'anonymous no more', 'server']);
  });

  it('G7: else it is task-<id>', function* () {
    yield* taskGroup(function* (tg) {
      for (const handle of [
        tg.createTask(sleep(1)),
        tg.startSoon(function* () {}),
        tg.createTask((() => checkpoint())()),
      ]) {
        expect(handle.name).to.equal(`task-${handle.id}`);
      }
    });
  });

  it('G7: no two tasks of a run have the same id', function* () {
    const ids = yield* taskGroup(function* (tg) {
      const handles = Array.from({ length: 100 }, () => tg.startSoon(checkpoint));
      return handles.map((handle) => handle.id);
    });
    expect(new Set(ids).size).to.equal(100);
    expect(ids.every(Number.isInteger)).to.equal(true);
  });
});

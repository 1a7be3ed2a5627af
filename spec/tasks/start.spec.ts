/** `start`, `startTask` and `TaskStatus` between the rules: every point at which something may come between. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  failAfter,
  isCancelled,
  moveOnAfter,
  shield,
  sleep,
  sleepForever,
  suspend,
  TASK_STATUS_IGNORED,
  type TaskStatus,
  TimeoutError,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';
import { Gate } from '../support/gate.js';

onEachBackend('start, its caller cancelled', (run, { it }) => {
  it("before the child's first step: the child gets it, and is cancelled at its first checkpoint", function* () {
    const labels: string[] = [];
    const scope = new CancelScope();
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        labels.push('cancel'); // spawned before start() is called, so it runs before the child
        scope.cancel();
      });
      yield* scope.run(function* () {
        try {
          yield* tg.start(function* (status: TaskStatus) {
            labels.push('first step');
            try {
              yield* checkpoint();
              status.started();
            } finally {
              labels.push('child unwound');
            }
          });
          labels.push('caller goes on');
        } finally {
          labels.push('caller unwound');
        }
      });
      labels.push(`caught: ${scope.cancelledCaught}, group cancelled: ${tg.cancelScope.cancelCalled}`);
    });
    expect(labels).to.deep.equal([
      'cancel',
      'first step',
      'child unwound',
      'caller unwound',
      'caught: true, group cancelled: false',
    ]);
  });

  it('before a first step that calls started() at once: the caller gets Cancelled all the same', function* () {
    const labels: string[] = [];
    const scope = new CancelScope();
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        scope.cancel();
      });
      yield* scope.run(function* () {
        try {
          yield* tg.start(function* (status: TaskStatus) {
            status.started();
            labels.push('started');
            try {
              yield* checkpoint();
              labels.push('not reached');
            } finally {
              labels.push('child unwound');
            }
          });
          labels.push('caller goes on');
        } catch (error) {
          labels.push(`caller: ${isCancelled(error)}`);
          throw error;
        }
      });
    });
    expect(labels).to.deep.equal(['started', 'child unwound', 'caller: true']);
  });

  it('between started() and its own next step: the value is on its way and is delivered', function* () {
    const labels: string[] = [];
    const scope = new CancelScope();
    yield* taskGroup(function* (tg) {
      yield* scope.run(function* () {
        try {
          labels.push(
            yield* tg.start(function* (status: TaskStatus<string>) {
              status.started('value');
              scope.cancel();
              yield* sleep(20);
              labels.push('child not cancelled: it belongs to the group');
            }),
          );
          yield* checkpoint();
          labels.push('not reached');
        } finally {
          labels.push('caller unwound');
        }
      });
    });
    expect(labels).to.deep.equal(['value', 'caller unwound', 'child not cancelled: it belongs to the group']);
  });

  it('in the step before started(): the child stays with the caller, who gets Cancelled', function* () {
    const labels: string[] = [];
    const scope = new CancelScope();
    yield* taskGroup(function* (tg) {
      yield* scope.run(function* () {
        try {
          yield* tg.start(function* (status: TaskStatus) {
            yield* checkpoint();
            scope.cancel();
            status.started();
            try {
              yield* sleep(2);
              labels.push('not reached');
            } finally {
              labels.push('child unwound');
            }
          });
        } catch (error) {
          labels.push(`caller: ${isCancelled(error)}`);
          throw error;
        }
      });
    });
    expect(labels).to.deep.equal(['child unwound', 'caller: true']);
  });

  it('again and again: it waits for a child that is busy behind a shield', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* moveOnAfter(1, () =>
        moveOnAfter(3, () =>
          tg.start(function* (_status: TaskStatus) {
            yield* shield(() => sleep(8));
            labels.push('child done');
          }),
        ),
      );
      labels.push('caller over');
    });
    expect(labels).to.deep.equal(['child done', 'caller over']);
  });

  it('through its handle, or by its group: the child is cancelled as well', function* () {
    const labels: string[] = [];
    function* child(name: string, _status: TaskStatus): Coroutine<void> {
      try {
        yield* sleepForever();
      } finally {
        labels.push(`${name} unwound`);
      }
    }
    yield* taskGroup(function* (tg) {
      const caller = tg.startSoon(function* () {
        yield* tg.start(child, 'by the handle');
      });
      yield* sleep(1);
      caller.cancel();
      yield* caller.wait();
      labels.push(caller.status);
      setTimeout(() => tg.cancel(), 2);
      yield* tg.start(child, 'by the group');
    });
    expect(labels).to.deep.equal(['by the handle unwound', 'cancelled', 'by the group unwound']);
  });

  it('by a failing sibling of the caller: one error comes out, and no cancellation', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(1);
            throw boom;
          });
          yield* tg.start(function* (_status: TaskStatus) {
            yield* sleepForever();
          });
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([boom]);
  });

  it('while the child fails with an error: that error goes to the group, which cancels its children', async () => {
    const boom = new Error('boom');
    const labels: string[] = [];
    const error = await rejection(
      run(() =>
        taskGroup(function* (outer) {
          const scope = new CancelScope();
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              try {
                yield* sleepForever();
              } finally {
                labels.push('sibling cut');
              }
            });
            outer.startSoon(function* stranger() {
              yield* scope.run(function* () {
                try {
                  yield* tg.start(function* (_status: TaskStatus) {
                    try {
                      yield* sleepForever();
                    } catch {
                      throw boom;
                    }
                  });
                } catch (caught) {
                  labels.push(`stranger cancelled: ${isCancelled(caught)}`);
                  throw caught;
                }
              });
              labels.push('stranger goes on');
            });
            yield* sleep(1);
            scope.cancel();
          });
        }),
      ),
    );
    expect(labels).to.have.members(['sibling cut', 'stranger cancelled: true', 'stranger goes on']);
    expect(errorsOf(errorsOf(error)[0])).to.deep.equal([boom]);
  });

  it('of a cancelled group: the child gets its first step', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.cancel();
      try {
        yield* tg.start(function* (_status: TaskStatus) {
          labels.push('first step');
          yield* checkpoint();
          labels.push('not reached');
        });
      } catch (error) {
        labels.push(`caller: ${isCancelled(error)}`);
        throw error;
      }
    });
    expect(labels).to.deep.equal(['first step', 'caller: true']);
  });

  it('behind a shield of its own: it is not', function* () {
    const value = yield* taskGroup(function* (tg) {
      const scope = new CancelScope();
      let found = '';
      yield* scope.run(function* () {
        scope.cancel();
        found = yield* shield(() =>
          tg.start(function* (status: TaskStatus<string>) {
            yield* sleep(2);
            status.started('value');
          }),
        );
      });
      return found;
    });
    expect(value).to.equal('value');
  });
});

onEachBackend('start', (run, { it }) => {
  it('is an effect: yielded twice, it starts two tasks', function* () {
    const values: number[] = [];
    yield* taskGroup(function* (tg) {
      let starts = 0;
      const effect = tg.start(function* (status: TaskStatus<number>) {
        starts += 1;
        status.started(starts);
        yield* checkpoint();
      });
      yield* checkpoint();
      values.push(starts, yield* effect, yield* effect);
    });
    expect(values).to.deep.equal([0, 1, 2]);
  });

  it('nests: a child may start another before it is ready itself', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* tg.start(function* service(status: TaskStatus) {
        labels.push(
          yield* tg.start(function* database(inner: TaskStatus<string>) {
            yield* sleep(1);
            inner.started('database ready');
            yield* sleep(20);
            labels.push('database over');
          }),
        );
        status.started();
        labels.push('service ready');
      });
      labels.push('caller goes on');
    });
    expect(labels).to.deep.equal(['database ready', 'service ready', 'caller goes on', 'database over']);
  });

  it('hands the status on: whoever holds it may call started(), also a host callback', function* () {
    function* helper(status: TaskStatus<string>): Coroutine<void> {
      yield* checkpoint();
      status.started('by a helper');
    }
    const values = yield* taskGroup(function* (tg) {
      return [
        yield* tg.start(function* (status: TaskStatus<string>) {
          yield* call(helper, status);
        }),
        yield* tg.start(function* (status: TaskStatus<string>) {
          yield* suspend<void>((resume) => {
            setTimeout(() => {
              status.started('by a callback');
              resume();
            }, 1);
          });
        }),
      ];
    });
    expect(values).to.deep.equal(['by a helper', 'by a callback']);
  });

  it('gives no value for started() without one', function* () {
    const value = yield* taskGroup(function* (tg) {
      return yield* tg.start(function* (status: TaskStatus) {
        status.started();
      });
    });
    expect(value).to.equal(undefined);
  });

  it('can be given a time limit', function* () {
    const labels: string[] = [];
    const outcome = yield* taskGroup(function* (tg) {
      const error = yield* failure(() =>
        failAfter(2, () =>
          tg.start(function* (_status: TaskStatus) {
            try {
              yield* sleepForever();
            } finally {
              labels.push('child unwound');
            }
          }),
        ),
      );
      labels.push(`group cancelled: ${tg.cancelScope.cancelCalled}`);
      return error;
    });
    expect(outcome).to.be.instanceOf(TimeoutError);
    expect(labels).to.deep.equal(['child unwound', 'group cancelled: false']);
  });

  it('gives the value though the child fails in the very step in which it started', async () => {
    const boom = new Error('boom');
    const labels: string[] = [];
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          labels.push(
            yield* tg.start(function* (status: TaskStatus<string>) {
              status.started('value');
              throw boom;
            }),
          );
          try {
            yield* checkpoint();
          } finally {
            labels.push('cancelled');
          }
        }),
      ),
    );
    expect([labels, errorsOf(error)]).to.deep.equal([['value', 'cancelled'], [boom]]);
  });

  it('fails for the caller alone: a stranger can try again', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      let attempts = 0;
      function* flaky(status: TaskStatus<number>): Coroutine<void> {
        attempts += 1;
        yield* checkpoint();
        if (attempts < 3) throw new Error(`attempt ${attempts} failed`);
        status.started(attempts);
      }
      for (;;) {
        try {
          labels.push(`attempt ${yield* tg.start(flaky)} worked`);
          return;
        } catch (error) {
          labels.push((error as Error).message);
        }
      }
    });
    expect(labels).to.deep.equal(['attempt 1 failed', 'attempt 2 failed', 'attempt 3 worked']);
  });

  it('keeps a group open that only waits for it, and closes it when the start failed', function* () {
    const labels: string[] = [];
    const boom = new Error('boom');
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        outer.startSoon(function* stranger() {
          const error = yield* failure(() =>
            tg.start(function* (_status: TaskStatus) {
              yield* sleep(3);
              throw boom;
            }),
          );
          labels.push(`stranger has the error itself: ${error === boom}`);
        });
        yield* checkpoint();
        labels.push('body over');
      });
      labels.push('group over');
    });
    expect(labels[0]).to.equal('body over');
    expect(labels.slice(1)).to.have.members(['stranger has the error itself: true', 'group over']);
  });

  it('lets a starting child spawn into the group, and the group waits for what it spawned', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const gate = new Gate();
      yield* tg.start(function* (status: TaskStatus) {
        tg.startSoon(function* () {
          yield* gate.wait();
          yield* sleep(2);
          labels.push('spawned by the starting child');
        });
        yield* checkpoint();
        status.started();
      });
      gate.open();
    });
    labels.push('group over');
    expect(labels).to.deep.equal(['spawned by the starting child', 'group over']);
  });
});

onEachBackend('startTask', (_run, { it }) => {
  it('gives the handle, with what started() was told as its startValue', function* () {
    function* server(host: string, status: TaskStatus<number>): Coroutine<string> {
      yield* sleep(1);
      status.started(8080);
      yield* sleep(20);
      return `${host} closed`;
    }
    const found = yield* taskGroup(function* (tg) {
      const handle = yield* tg.startTask(server, ['localhost'], { name: 'web' });
      return [handle.name, handle.startValue, handle.status, yield* handle];
    });
    expect(found).to.deep.equal(['web', 8080, 'pending', 'localhost closed']);
  });

  it('gives a startValue also when started() was given none', function* () {
    const value = yield* taskGroup(function* (tg) {
      const handle = yield* tg.startTask(function* (status: TaskStatus) {
        status.started();
      }, []);
      return handle.startValue;
    });
    expect(value).to.equal(undefined);
  });

  it('gives a handle that cancels the task alone', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const handle = yield* tg.startTask(function* (status: TaskStatus<string>) {
        status.started('ready');
        try {
          yield* sleepForever();
        } finally {
          labels.push('unwound');
        }
      }, []);
      yield* checkpoint();
      handle.cancel();
      yield* handle.wait();
      labels.push(`${handle.status}, ${handle.startValue}, ${tg.cancelScope.cancelCalled}`);
    });
    expect(labels).to.deep.equal(['unwound', 'cancelled, ready, false']);
  });

  it('throws what the child throws before it has started', function* () {
    const boom = new Error('boom');
    const error = yield* taskGroup(function* (tg) {
      return yield* failure(() =>
        tg.startTask(function* (_status: TaskStatus) {
          throw boom;
        }, []),
      );
    });
    expect(error).to.equal(boom);
  });

  it('gives a handle of a task that has already ended as well', function* () {
    const found = yield* taskGroup(function* (tg) {
      const handle = yield* tg.startTask(function* (status: TaskStatus<string>) {
        status.started('ready');
        return 'done';
      }, []);
      return [handle.startValue, handle.returnValue];
    });
    expect(found).to.deep.equal(['ready', 'done']);
  });
});

onEachBackend('TASK_STATUS_IGNORED', (_run, { it }) => {
  it('lets a function made for start() run without it', function* () {
    const labels: string[] = [];
    function* service(status: TaskStatus<string>): Coroutine<void> {
      status.started('ready');
      status.started('and again: nobody listens');
      labels.push('runs');
      yield* checkpoint();
    }
    yield* service(TASK_STATUS_IGNORED);
    yield* taskGroup(function* (tg) {
      tg.startSoon(service, TASK_STATUS_IGNORED);
    });
    yield* cancelScope(() => service(TASK_STATUS_IGNORED));
    expect(labels).to.deep.equal(['runs', 'runs', 'runs']);
  });
});

/** Task groups between the rules: nesting, cancelling from odd places, what bodies and children may be. */
import { expect } from 'chai';
import {
  Cancelled,
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  coroutine,
  currentTime,
  ExceptionGroup,
  except,
  isCancelled,
  moveOnAfter,
  run as runAnywhere,
  shield,
  sleep,
  sleepForever,
  suspend,
  type TaskGroup,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';
import { Gate, parked } from '../support/gate.js';

onEachBackend('task groups', (run, { it }) => {
  it('hand out handles whose values are read when the group has ended', function* () {
    const values = yield* call(function* () {
      const handles = yield* taskGroup(function* (tg) {
        return [3, 1, 2].map((ms) =>
          tg.startSoon(function* () {
            yield* sleep(ms);
            return ms;
          }),
        );
      });
      return handles.map((handle) => handle.returnValue);
    });
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it('take any operation as a body and as a child', function* () {
    const found = yield* call(function* () {
      const slept = yield* taskGroup(() => sleep(1));
      const handle = yield* taskGroup(function* (tg) {
        const worker = tg.createTask(
          (function* () {
            yield* sleep(1);
            return 'worker';
          })(),
        );
        const follower = tg.createTask(worker);
        const nested = tg.createTask(taskGroup(() => sleep(1)));
        const made = tg.createTask(
          coroutine(function* (value: string) {
            return value;
          })('made'),
        );
        yield* nested;
        return [yield* follower, yield* made];
      });
      return [slept, ...handle];
    });
    expect(found).to.deep.equal([undefined, 'worker', 'made']);
  });

  it('are effects: the same one gives a new group each time, also to several tasks at once', function* () {
    const groups: TaskGroup[] = [];
    const labels: string[] = [];
    const effect = taskGroup(function* (tg) {
      groups.push(tg);
      yield* checkpoint();
      tg.startSoon(function* () {
        labels.push('child');
      });
    });
    yield* taskGroup(function* (tg) {
      tg.createTask(effect);
      tg.createTask(effect);
    });
    yield* effect;
    expect([new Set(groups).size, labels]).to.deep.equal([3, ['child', 'child', 'child']]);
  });

  it('that nest unwind from the inside when the outer one is cancelled', function* () {
    const labels: string[] = [];
    function* nest(depth: number): Coroutine<void> {
      try {
        yield* taskGroup(function* (tg) {
          if (depth > 0) tg.startSoon(nest, depth - 1);
          try {
            yield* sleepForever();
          } finally {
            labels.push(`body ${depth}`);
          }
        });
        labels.push(`group ${depth} ended normally`);
      } catch (error) {
        labels.push(`group ${depth}: ${isCancelled(error)}`);
        throw error;
      }
    }
    yield* moveOnAfter(5, () => nest(2));
    expect(labels.slice(0, 3).sort()).to.deep.equal(['body 0', 'body 1', 'body 2']);
    expect(labels.slice(3)).to.deep.equal(['group 0: true', 'group 1: true', 'group 2: true']);
  });

  it('that nest leave the outer one alone when the inner one is cancelled', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      outer.startSoon(function* () {
        yield* sleep(30);
        labels.push('child of the outer group');
      });
      yield* taskGroup(function* (inner) {
        inner.startSoon(function* () {
          try {
            yield* sleepForever();
          } finally {
            labels.push('child of the inner group cut');
          }
        });
        yield* checkpoint();
        inner.cancel();
        yield* checkpoint();
        labels.push('not reached');
      });
      yield* checkpoint();
      labels.push(`outer group cancelled: ${outer.cancelScope.cancelCalled}`);
    });
    expect(labels).to.deep.equal([
      'child of the inner group cut',
      'outer group cancelled: false',
      'child of the outer group',
    ]);
  });

  it('let the outer body handle what the inner one failed with, and go on', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      outer.startSoon(function* () {
        yield* sleep(30);
        labels.push('outer child not disturbed');
      });
      try {
        yield* taskGroup(function* (inner) {
          inner.startSoon(function* () {
            throw new RangeError('inner');
          });
        });
      } catch (error) {
        except(error, [RangeError, (group) => labels.push(`handled ${group.leaves().length}`)]);
      }
      yield* sleep(1);
      labels.push('body goes on');
    });
    expect(labels).to.deep.equal(['handled 1', 'body goes on', 'outer child not disturbed']);
  });

  it('cancelled from outside while a child fails give the failure, not the cancellation', async () => {
    const boom = new Error('boom');
    const labels: unknown[] = [];
    const error = await rejection(
      run(() =>
        cancelScope(function* (scope) {
          const caught = yield* failure(() =>
            taskGroup(function* (tg) {
              tg.startSoon(function* () {
                try {
                  yield* sleepForever();
                } catch {
                  throw boom;
                }
              });
              tg.startSoon(function* () {
                scope.cancel();
              });
              yield* sleepForever();
            }),
          );
          labels.push(errorsOf(caught));
          throw caught;
        }),
      ),
    );
    expect([labels, errorsOf(error)]).to.deep.equal([[[boom]], [boom]]);
  });

  it('can be cancelled by a child, and by themselves', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* checkpoint();
        tg.cancel();
        labels.push('the child that cancels goes on until its next checkpoint');
        yield* checkpoint();
        labels.push('not reached');
      });
      yield* sleepForever();
    });
    yield* taskGroup(function* (tg) {
      tg.cancel();
      labels.push('so does the body');
      yield* checkpoint();
      labels.push('not reached');
    });
    expect(labels).to.deep.equal([
      'the child that cancels goes on until its next checkpoint',
      'so does the body',
    ]);
  });

  it('keep the first reason they were cancelled with, and tell it to every child', function* () {
    const reasons: unknown[] = [];
    yield* taskGroup(function* (tg) {
      for (let i = 0; i < 2; i += 1) {
        tg.startSoon(function* () {
          try {
            yield* sleepForever();
          } catch (error) {
            if (error instanceof Cancelled) reasons.push(error.reason);
            throw error;
          }
        });
      }
      yield* checkpoint();
      tg.cancel('the first reason');
      tg.cancel('the second');
      reasons.push(tg.cancelScope.reason);
    });
    expect(reasons).to.deep.equal(['the first reason', 'the first reason', 'the first reason']);
  });

  it('tell the children which error of a sibling was the cause', function* () {
    const boom = new Error('boom');
    const causes: unknown[] = [];
    yield* failure(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            yield* sleepForever();
          } catch (error) {
            if (error instanceof Cancelled) causes.push(error.cause);
            throw error;
          }
        });
        tg.startSoon(function* () {
          yield* checkpoint();
          throw boom;
        });
      }),
    );
    expect(causes).to.deep.equal([boom]);
  });

  it('have a scope with a deadline and a shield of its own', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.cancelScope.deadline = currentTime() + 3;
      yield* sleepForever();
    });
    labels.push('deadline of the group passed');
    yield* cancelScope(function* (scope) {
      yield* taskGroup(function* (tg) {
        tg.cancelScope.shield = true;
        tg.startSoon(function* () {
          yield* sleep(3);
          labels.push('child behind the shield of its group');
        });
        scope.cancel();
        yield* sleep(1);
        labels.push('body behind it as well');
      });
      labels.push('group left');
      yield* checkpoint();
      labels.push('not reached');
    });
    expect(labels).to.deep.equal([
      'deadline of the group passed',
      'body behind it as well',
      'child behind the shield of its group',
      'group left',
    ]);
  });

  it('do nothing when they are cancelled after their end', function* () {
    const value = yield* call(function* () {
      const leaked = yield* taskGroup(function* (tg) {
        return tg;
      });
      leaked.cancel('too late');
      yield* checkpoint();
      return 'goes on';
    });
    expect(value).to.equal('goes on');
  });

  it('give a child spawned during the clean-up of a cancelled one its first step, and no more', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        try {
          yield* sleepForever();
        } finally {
          tg.startSoon(function* () {
            labels.push('first step');
            try {
              yield* sleep(1);
              labels.push('not reached');
            } finally {
              labels.push('unwound');
            }
          });
        }
      });
      yield* checkpoint();
      tg.cancel();
    });
    expect(labels).to.deep.equal(['first step', 'unwound']);
  });

  it('reach a child that is in the ready queue, before and after its first step', function* () {
    const labels: string[] = [];
    function* child(name: string): Coroutine<void> {
      labels.push(`${name}: first step`);
      try {
        for (let i = 0; i < 100; i += 1) yield* checkpoint();
        labels.push(`${name}: not reached`);
      } finally {
        labels.push(`${name}: unwound`);
      }
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(child, 'stepped');
      yield* checkpoint();
      tg.startSoon(child, 'new');
      tg.cancel();
    });
    expect(labels).to.deep.equal([
      'stepped: first step',
      'stepped: unwound',
      'new: first step',
      'new: unwound',
    ]);
  });

  it('wait for a child that swallows the cancellation again and again', function* () {
    let swallowed = 0;
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* stubborn() {
        while (swallowed < 100) {
          try {
            yield* sleepForever();
          } catch {
            swallowed += 1;
          }
        }
      });
      yield* checkpoint();
      tg.cancel();
    });
    labels.push(`group over after ${swallowed}`);
    expect(labels).to.deep.equal(['group over after 100']);
  });

  it('cancelled while their body has returned cut the children and keep the value', function* () {
    const labels: unknown[] = [];
    const scope = new CancelScope();
    yield* taskGroup(function* (outer) {
      outer.startSoon(function* () {
        yield* scope.run(function* () {
          labels.push(
            yield* taskGroup(function* (tg) {
              tg.startSoon(function* () {
                try {
                  yield* sleepForever();
                } catch {
                  yield* shield(() => sleep(1));
                  labels.push('child ends in peace');
                }
              });
              return 'value';
            }),
          );
        });
      });
      yield* sleep(2);
      scope.cancel();
    });
    labels.push(`caught: ${scope.cancelledCaught}`);
    expect(labels).to.deep.equal(['child ends in peace', 'value', 'caught: false']);
  });

  it('pass errors upwards from group to group, cancelling each on the way', async () => {
    const labels: string[] = [];
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (outer) {
          outer.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              labels.push('uncle cut');
            }
          });
          yield* taskGroup(function* (inner) {
            inner.startSoon(function* () {
              try {
                yield* sleepForever();
              } finally {
                labels.push('sibling cut');
              }
            });
            yield* checkpoint();
            throw boom;
          });
        }),
      ),
    );
    expect(labels).to.deep.equal(['sibling cut', 'uncle cut']);
    expect(errorsOf(errorsOf(error)[0])).to.deep.equal([boom]);
  });

  it('run thousands of children in the order in which they were spawned', function* () {
    const order: number[] = [];
    yield* taskGroup(function* (tg) {
      for (let i = 0; i < 5_000; i += 1) {
        tg.startSoon(function* (n: number) {
          yield* checkpoint();
          order.push(n);
        }, i);
      }
    });
    expect(order).to.deep.equal(Array.from({ length: 5_000 }, (_, i) => i));
  });

  it('may be left by a task whose children are woken by tasks of other groups', function* () {
    const labels: string[] = [];
    const gate = new Gate();
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* taskGroup(function* (waiting) {
          waiting.startSoon(function* () {
            yield* gate.wait();
            labels.push('woken');
          });
        });
        labels.push('waiting group over');
      });
      tg.startSoon(function* () {
        yield* taskGroup(function* (waking) {
          waking.startSoon(function* () {
            yield* sleep(1);
            gate.open();
            labels.push('opened');
          });
        });
        labels.push('waking group over');
      });
    });
    expect(labels).to.deep.equal(['opened', 'woken', 'waking group over', 'waiting group over']);
  });

  it('forget a child that has ended: a group that runs for ever does not grow', function* () {
    const collected = yield* taskGroup(function* (tg) {
      const refs: WeakRef<object>[] = [];
      for (let i = 0; i < 20; i += 1) {
        refs.push(
          new WeakRef(
            tg.startSoon(function* () {
              yield* checkpoint();
              return { large: new Array(1_000).fill(i) };
            }),
          ),
        );
      }
      for (let i = 0; i < 5; i += 1) {
        yield* until(new Promise((resolve) => setTimeout(resolve, 1)));
        globalThis.gc?.();
      }
      return refs.filter((ref) => ref.deref() === undefined).length;
    });
    // The last one may still be remembered as the one that ran last.
    expect(collected).to.be.at.least(19);
  });

  it('may be spawned into by a task of another run, and by the abort function of a wait', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      const spawn = (label: string) =>
        tg.startSoon(function* () {
          yield* checkpoint();
          labels.push(label);
        });
      yield* until(
        runAnywhere(function* () {
          yield* checkpoint();
          spawn('by another run');
        }),
      );
      const waiting = tg.createTask(suspend(() => () => void spawn('by an abort function')));
      yield* checkpoint();
      waiting.cancel();
    });
    labels.push('group over');
    expect(labels).to.deep.equal(['by another run', 'by an abort function', 'group over']);
  });

  it('wait for children spawned by a body that threw before it gave an operation', async () => {
    const labels: string[] = [];
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup((tg) => {
          tg.startSoon(function* () {
            yield* shield(() => sleep(2));
            labels.push('child over');
          });
          throw boom;
        }),
      ),
    );
    expect([labels, errorsOf(error)]).to.deep.equal([['child over'], [boom]]);
  });

  for (const who of ['child', 'body'] as const) {
    it(`C4: leave cancellations out of an exception group that a ${who} made`, async () => {
      const boom = new Error('boom');
      function* wrap(tg: TaskGroup): Coroutine<void> {
        try {
          tg.cancel();
          yield* checkpoint();
        } catch (cancelled) {
          throw new ExceptionGroup([cancelled, boom, new ExceptionGroup([cancelled])], 'made by a user');
        }
      }
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            if (who === 'child') tg.startSoon(wrap, tg);
            else yield* wrap(tg);
          }),
        ),
      );
      const [made] = errorsOf(error);
      expect([(made as Error).message, errorsOf(made)]).to.deep.equal(['made by a user', [boom]]);
    });

    it(`C4: catch one that a ${who} made of cancellations alone`, function* () {
      function* wrap(tg: TaskGroup): Coroutine<void> {
        try {
          tg.cancel();
          yield* checkpoint();
        } catch (cancelled) {
          throw new ExceptionGroup([cancelled, cancelled]);
        }
      }
      const value = yield* taskGroup(
        function* (tg) {
          if (who === 'child') tg.startSoon(wrap, tg);
          else yield* wrap(tg);
          return 'value of the body';
        },
        { ifCancelled: 'cancelled' },
      );
      expect(value).to.equal(who === 'child' ? 'value of the body' : 'cancelled');
    });
  }

  it('name themselves in the error they throw', async () => {
    const error = await rejection(
      run(() =>
        taskGroup(
          function* (tg) {
            tg.startSoon(() => failing());
          },
          { name: 'downloads' },
        ),
      ),
    );
    expect((error as Error).message).to.include('downloads');
  });

  it('end at once when every child is parked for ever and they are cancelled', function* () {
    const ended = yield* call(function* () {
      const handles = yield* taskGroup(function* (tg) {
        const found = Array.from({ length: 50 }, () => tg.createTask(parked));
        yield* checkpoint();
        tg.cancel();
        return found;
      });
      return new Set(handles.map((handle) => handle.status));
    });
    expect([...ended]).to.deep.equal(['cancelled']);
  });
});

function* failing(): Coroutine<void> {
  throw new Error('boom');
}

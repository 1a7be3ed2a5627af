/** Rules G1–G4 of the design, a sentence a spec. G5–G7 are in files of their own; what lies between the rules is in spec/tasks/. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  isCancelled,
  shield,
  sleep,
  sleepForever,
  type TaskGroup,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';

onEachBackend('rule G1: the end of a group', (_run, { it }) => {
  it('G1: a group ends only when its body has ended', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        labels.push('child');
      });
      yield* sleep(3);
      labels.push('body');
    });
    labels.push('group');
    expect(labels).to.deep.equal(['child', 'body', 'group']);
  });

  it('G1: and only when all its children have ended, whoever spawned them', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* sleep(2);
        tg.startSoon(function* () {
          yield* sleep(4);
          labels.push('grandchild');
        });
        labels.push('child');
      });
      labels.push('body');
    });
    labels.push('group');
    expect(labels).to.deep.equal(['body', 'child', 'grandchild', 'group']);
  });

  it('G1: a cancelled group too waits for what its children do behind a shield', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        try {
          yield* sleepForever();
        } finally {
          yield* shield(() => sleep(3));
          labels.push('child cleaned up');
        }
      });
      yield* checkpoint();
      tg.cancel();
      labels.push('cancelled');
    });
    labels.push('group');
    expect(labels).to.deep.equal(['cancelled', 'child cleaned up', 'group']);
  });

  it('G1: so does one whose body has thrown', function* () {
    const labels: string[] = [];
    yield* failure(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* shield(() => sleep(3));
          labels.push('child done');
        });
        yield* checkpoint();
        throw new Error('boom');
      }),
    );
    labels.push('group');
    expect(labels).to.deep.equal(['child done', 'group']);
  });
});

onEachBackend('rule G2: errors', (run, { it }) => {
  it("G2: when a child throws, the group's scope is cancelled", function* () {
    const labels: string[] = [];
    const boom = new Error('boom');
    const error = yield* failure(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            yield* sleepForever();
          } catch (caught) {
            labels.push(`sibling cancelled: ${isCancelled(caught)}`);
            throw caught;
          }
        });
        tg.startSoon(function* () {
          yield* checkpoint();
          throw boom;
        });
        try {
          yield* sleepForever();
        } catch (caught) {
          labels.push(`body cancelled: ${isCancelled(caught)}, ${tg.cancelScope.cancelCalled}`);
          throw caught;
        }
      }),
    );
    labels.push(`caught ${errorsOf(error)[0] === boom}`);
    expect(labels.slice(0, 2).sort()).to.deep.equal([
      'body cancelled: true, true',
      'sibling cancelled: true',
    ]);
    expect(labels.slice(2)).to.deep.equal(['caught true']);
  });

  it('G2: when the body throws, the children are cancelled', async () => {
    const labels: string[] = [];
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              labels.push(`child cancelled: ${tg.cancelScope.cancelCalled}`);
            }
          });
          yield* checkpoint();
          throw boom;
        }),
      ),
    );
    expect([labels, errorsOf(error)]).to.deep.equal([['child cancelled: true'], [boom]]);
  });

  it('G2: it is one ExceptionGroup even for one error, of a child or of the body', async () => {
    const boom = new Error('boom');
    const fromChild = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            throw boom;
          });
        }),
      ),
    );
    const fromBody = await rejection(
      run(() =>
        taskGroup(function* () {
          throw boom;
        }),
      ),
    );
    expect([errorsOf(fromChild), errorsOf(fromBody)]).to.deep.equal([[boom], [boom]]);
  });

  it("G2: it holds every error in the order in which they arose, children's and body's, none lost", async () => {
    const arisen: Error[] = [];
    function fail(message: string): never {
      const error = new Error(message);
      arisen.push(error);
      throw error;
    }
    function* failsAfter(ms: number, name: string): Coroutine<void> {
      try {
        yield* sleep(ms);
      } catch {
        yield* shield(checkpoint);
      }
      fail(name);
    }
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(failsAfter, 60_000, 'child cut short');
          tg.startSoon(failsAfter, 3, 'child that fails first');
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } catch {
              yield* shield(() => sleep(20));
              fail('child slow to clean up');
            }
          });
          yield* failsAfter(60_000, 'body cut short');
        }),
      ),
    );
    expect(arisen.map((each) => each.message)).to.have.members([
      'child that fails first',
      'child cut short',
      'body cut short',
      'child slow to clean up',
    ]);
    expect(errorsOf(error)).to.deep.equal(arisen);
    expect([arisen[0]?.message, arisen[3]?.message]).to.deep.equal([
      'child that fails first',
      'child slow to clean up',
    ]);
  });

  it('G2: two children that fail in the same turn are both in it', async () => {
    const errors = [new Error('one'), new Error('two'), new Error('three')];
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          for (const each of errors) {
            tg.startSoon(function* () {
              throw each;
            });
          }
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal(errors);
  });

  it('G2: the same error thrown by two children is in it twice', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          for (let i = 0; i < 2; i += 1) {
            tg.startSoon(function* () {
              throw boom;
            });
          }
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([boom, boom]);
  });

  it('G2: it comes when all is over, not before', function* () {
    const labels: string[] = [];
    yield* failure(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            yield* sleepForever();
          } finally {
            yield* shield(() => sleep(4));
            labels.push('clean-up over');
          }
        });
        tg.startSoon(function* () {
          yield* checkpoint();
          throw new Error('boom');
        });
      }),
    );
    labels.push('caught');
    expect(labels).to.deep.equal(['clean-up over', 'caught']);
  });

  it('G2: cancellations are left out of it', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          for (let i = 0; i < 3; i += 1) tg.startSoon(sleepForever);
          tg.startSoon(function* () {
            throw boom;
          });
          yield* sleepForever();
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([boom]);
  });

  it('G2: nested groups give nested exception groups', async () => {
    const inner = new Error('inner');
    const outer = new Error('outer');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* taskGroup(function* (nested) {
              nested.startSoon(function* () {
                throw inner;
              });
            });
          });
          try {
            yield* sleepForever();
          } catch {
            throw outer;
          }
        }),
      ),
    );
    const [first, second] = errorsOf(error);
    expect([errorsOf(first), second]).to.deep.equal([[inner], outer]);
  });

  it('G2: what is thrown need not be an Error', async () => {
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            throw undefined;
          });
          try {
            yield* sleepForever();
          } catch {
            throw 'text';
          }
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([undefined, 'text']);
  });

  it('G2: an error of the body is kept when the outside cancels the group as well', function* () {
    const boom = new Error('boom');
    const outcome = yield* call(function* () {
      const scope = new CancelScope();
      const error = yield* failure(() =>
        scope.run(() =>
          taskGroup(function* (tg) {
            tg.startSoon(sleepForever);
            yield* checkpoint();
            scope.cancel();
            throw boom;
          }),
        ),
      );
      return [errorsOf(error), scope.cancelledCaught];
    });
    expect(outcome[0]).to.deep.equal([boom]);
  });
});

onEachBackend('rule G3: leaving a group', (_run, { it }) => {
  it('G3: the end of a group always switches tasks, also when the group was empty', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      outer.startSoon(function* () {
        labels.push('other task');
      });
      yield* taskGroup(function* () {
        labels.push('body of the empty group');
      });
      labels.push('after the empty group');
    });
    expect(labels).to.deep.equal(['body of the empty group', 'other task', 'after the empty group']);
  });

  it('G3: also when all children had ended before the body did', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        tg.startSoon(checkpoint);
        yield* sleep(2);
        outer.startSoon(function* () {
          labels.push('other task');
        });
        labels.push('end of body');
      });
      labels.push('after the group');
    });
    expect(labels).to.deep.equal(['end of body', 'other task', 'after the group']);
  });

  it('G3: also when the body throws', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      outer.startSoon(function* () {
        labels.push('other task');
      });
      yield* failure(() =>
        taskGroup(function* () {
          labels.push('body throws');
          throw new Error('boom');
        }),
      );
      labels.push('after the group');
    });
    expect(labels).to.deep.equal(['body throws', 'other task', 'after the group']);
  });

  it('G3: it delivers no cancellation there', function* () {
    const labels: unknown[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel();
      labels.push(
        yield* taskGroup(function* () {
          return 'value of the group';
        }),
      );
      try {
        yield* checkpoint();
        labels.push('not cancelled');
      } catch (error) {
        labels.push('cancelled at the next checkpoint');
        throw error;
      }
    });
    expect(labels).to.deep.equal(['value of the group', 'cancelled at the next checkpoint']);
  });

  it('G3: not even one that arrives while the end of an empty group switches tasks', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      const scope = new CancelScope();
      outer.startSoon(function* () {
        scope.cancel();
        labels.push('cancel');
      });
      yield* scope.run(function* () {
        labels.push(
          yield* taskGroup(function* () {
            return 'value of the group';
          }),
        );
      });
      labels.push(`caught: ${scope.cancelledCaught}`);
    });
    expect(labels).to.deep.equal(['cancel', 'value of the group', 'caught: false']);
  });

  it('G3: waiting for the children is no cancellation point either', function* () {
    const labels: unknown[] = [];
    yield* cancelScope(function* (scope) {
      labels.push(
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* shield(() => sleep(3));
            labels.push('child returns');
          });
          tg.startSoon(function* () {
            scope.cancel();
          });
          return 'value of the body';
        }),
      );
      labels.push('left without Cancelled');
    });
    expect(labels).to.deep.equal(['child returns', 'value of the body', 'left without Cancelled']);
  });

  it('G3: a child that swallows the cancellation and returns has not ended with it', function* () {
    const value = yield* cancelScope(function* (scope) {
      return yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            yield* sleepForever();
          } catch {}
        });
        tg.startSoon(function* () {
          yield* checkpoint();
          scope.cancel();
        });
        return 'kept';
      });
    });
    expect(value).to.equal('kept');
  });

  it('G3: the group throws Cancelled if the body ended with it', function* () {
    const labels: string[] = [];
    yield* cancelScope(function* (scope) {
      try {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            scope.cancel();
          });
          yield* sleepForever();
        });
        labels.push('no error');
      } catch (error) {
        labels.push(`Cancelled itself, in no group: ${isCancelled(error)}`);
        throw error;
      }
    });
    expect(labels).to.deep.equal(['Cancelled itself, in no group: true']);
  });

  it('G3: and if a child ended with it', function* () {
    const labels: string[] = [];
    yield* cancelScope(function* (scope) {
      try {
        yield* taskGroup(function* (tg) {
          tg.startSoon(sleepForever);
          tg.startSoon(function* () {
            scope.cancel();
          });
          return 'value';
        });
        labels.push('no error');
      } catch (error) {
        labels.push(`Cancelled: ${isCancelled(error)}`);
        throw error;
      }
    });
    expect(labels).to.deep.equal(['Cancelled: true']);
  });

  it('G3: a body that has returned keeps its value, also when the group is then cancelled', function* () {
    const value = yield* taskGroup(function* (tg) {
      tg.startSoon(sleepForever);
      tg.startSoon(function* () {
        yield* sleep(2);
        tg.cancel();
      });
      return 'value of the body';
    });
    expect(value).to.equal('value of the body');
  });

  it('G3: a child cancelled through its own handle does not make the group throw', function* () {
    const value = yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(sleepForever);
      yield* checkpoint();
      handle.cancel();
      return 'value of the body';
    });
    expect(value).to.equal('value of the body');
  });
});

onEachBackend('rule G4: spawning', (_run, { it }) => {
  it('G4: children may be spawned by anyone who holds the group: tasks outside it', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        outer.startSoon(function* stranger() {
          tg.startSoon(function* () {
            yield* sleep(3);
            labels.push('spawned by a stranger');
          });
        });
        yield* checkpoint();
      });
      labels.push('group over');
    });
    expect(labels).to.deep.equal(['spawned by a stranger', 'group over']);
  });

  it('G4: and host callbacks, outside any task', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      setTimeout(() => {
        tg.startSoon(function* () {
          labels.push('spawned by a callback');
          yield* sleep(1);
          tg.cancel();
        });
        labels.push('callback ends');
      }, 2);
      tg.startSoon(sleepForever);
    });
    labels.push('group over');
    expect(labels).to.deep.equal(['callback ends', 'spawned by a callback', 'group over']);
  });

  it('G4: also while it waits for its last child, even by that child in its last step', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      function* relay(left: number): Coroutine<void> {
        yield* sleep(1);
        labels.push(`${left} left`);
        if (left > 0) tg.startSoon(relay, left - 1);
      }
      tg.startSoon(relay, 2);
    });
    labels.push('group over');
    expect(labels).to.deep.equal(['2 left', '1 left', '0 left', 'group over']);
  });

  it('G4: after that, spawning throws, by each way in', function* () {
    const errors = yield* call(function* () {
      let leaked: TaskGroup | undefined;
      yield* taskGroup(function* (tg) {
        leaked = tg;
      });
      const tg = leaked!;
      function* child(_status?: TaskStatus): Coroutine<void> {
        throw new Error('must not run');
      }
      const found = [
        thrown(() => tg.startSoon(child)),
        thrown(() => tg.createTask(child())),
        yield* failure(() => tg.start(child)),
        yield* failure(() => tg.startTask(child, [])),
      ];
      yield* sleep(1); // nothing was spawned all the same
      return found;
    });
    for (const error of errors) {
      expect(error).to.be.instanceOf(Error);
      expect((error as Error).message)
        .to.match(/group/i)
        .and.to.match(/closed|ended|over|finished|left/i);
    }
  });

  it('G4: spawning throws when the whole run is over, and a host callback hears of it', function* () {
    const group = yield* taskGroup(function* (tg) {
      return tg;
    });
    expect(thrown(() => group.startSoon(checkpoint))).to.be.instanceOf(Error);
  });

  it('G4: a task spawned while the group is closing either is refused or is waited for', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* last() {
          outer.startSoon(function* stranger() {
            // `last` has ended, and its group's owner has been woken but has not run yet.
            try {
              tg.startSoon(function* () {
                yield* sleep(2);
                labels.push('waited for');
              });
            } catch {
              labels.push('refused');
            }
          });
        });
      });
      labels.push('group over');
      yield* sleep(5);
    });
    expect(labels).to.have.length(2);
    expect(labels[0]).to.be.oneOf(['refused', 'waited for']);
    expect(labels[1]).to.equal('group over');
  });

  it('G4: a task spawned into a cancelled group starts, and is cancelled at its first checkpoint', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.cancel();
      tg.startSoon(function* () {
        labels.push('first step');
        try {
          yield* checkpoint();
          labels.push('not cancelled');
        } catch (error) {
          labels.push(`cancelled at its first checkpoint: ${isCancelled(error)}`);
          throw error;
        }
      });
    });
    expect(labels).to.deep.equal(['first step', 'cancelled at its first checkpoint: true']);
  });
});

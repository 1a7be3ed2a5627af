/** Rule G5 of the design: `start()` and the hand-over of the child from its caller to the group. */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  isCancelled,
  moveOnAfter,
  shield,
  sleep,
  sleepForever,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';

onEachBackend('rule G5: start', (run, { it }) => {
  it('G5: start parks the caller until started(value)', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      labels.push(
        yield* tg.start(function* (status: TaskStatus<string>) {
          yield* sleep(2);
          labels.push('ready');
          status.started('the value');
          labels.push('goes on in the same step');
          yield* sleep(20);
          labels.push('child over');
        }),
      );
      labels.push('caller goes on');
    });
    labels.push('group over');
    expect(labels).to.deep.equal([
      'ready',
      'goes on in the same step',
      'the value',
      'caller goes on',
      'child over',
      'group over',
    ]);
  });

  it('G5: the arguments come before the status', function* () {
    function* child(a: number, b: string, status: TaskStatus<string>): Coroutine<void> {
      status.started(`${a}${b}`);
    }
    const value = yield* taskGroup(function* (tg) {
      return yield* tg.start(child, 1, 'b');
    });
    expect(value).to.equal('1b');
  });

  it('G5: it keeps the group open while the caller, a stranger, waits', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        outer.startSoon(function* stranger() {
          yield* tg.start(function* (status: TaskStatus) {
            yield* sleep(3);
            status.started();
            labels.push('started');
            yield* sleep(3);
            labels.push('child over');
          });
          labels.push('stranger goes on');
        });
        yield* checkpoint(); // so that the stranger has called start()
        labels.push('body over');
      });
      labels.push('group over');
    });
    expect(labels).to.deep.equal(['body over', 'started', 'stranger goes on', 'child over', 'group over']);
  });

  it('G5: the child always gets its first step, also under a cancelled caller', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* cancelScope(function* (scope) {
        scope.cancel();
        try {
          yield* tg.start(function* (status: TaskStatus) {
            labels.push('first step');
            try {
              yield* checkpoint();
              status.started();
            } catch (error) {
              labels.push(`child: ${isCancelled(error)}`);
              throw error;
            }
          });
          labels.push('caller goes on');
        } catch (error) {
          labels.push(`caller: ${isCancelled(error)}`);
          throw error;
        }
      });
    });
    expect(labels).to.deep.equal(['first step', 'child: true', 'caller: true']);
  });

  it('G5: if it throws before started, the caller gets that error itself, and the group goes on', function* () {
    const boom = new Error('boom');
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* sleep(20);
        labels.push('sibling not cancelled');
      });
      labels.push(
        (yield* failure(() =>
          tg.start(function* (_status: TaskStatus) {
            yield* checkpoint();
            throw boom;
          }),
        )) === boom,
      );
    });
    expect(labels).to.deep.equal([true, 'sibling not cancelled']);
  });

  it('G5: if it returns before started, the caller gets an error that says so', function* () {
    const error = yield* taskGroup(function* (tg) {
      return yield* failure(() =>
        tg.start(function* forgetful(_status: TaskStatus) {
          yield* checkpoint();
        }),
      );
    });
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message)
      .to.include('started')
      .and.to.include('forgetful');
  });

  it('G5: started() is an error once the task has ended without it, and changes nothing', function* () {
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      let kept: TaskStatus | undefined;
      const start = tg.start(function* hasty(status: TaskStatus) {
        kept = status;
      });
      story.push((yield* failure(() => start)) instanceof Error ? 'the caller knows' : 'nothing');
      story.push(String(thrown(() => kept?.started())));
      yield* checkpoint();
    });
    expect(story).to.deep.equal(['the caller knows', 'Error: started() was called after the task had ended']);
  });

  it('G5: started() twice is an error, thrown at the second call', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      labels.push(
        yield* tg.start(function* (status: TaskStatus<string>) {
          status.started('first');
          try {
            status.started('second');
          } catch (error) {
            labels.push(`${(error as Error).constructor !== Object}, ${/started/.test(String(error))}`);
          }
          yield* checkpoint();
          labels.push('child goes on');
        }),
      );
    });
    expect(labels).to.deep.equal(['true, true', 'first', 'child goes on']);
  });

  it('G5: if the caller is cancelled while waiting, the child is cancelled too and awaited', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* moveOnAfter(2, function* () {
        try {
          yield* tg.start(function* (_status: TaskStatus) {
            try {
              yield* sleepForever();
            } finally {
              yield* shield(() => sleep(3));
              labels.push('child cleaned up');
            }
          });
        } catch (error) {
          labels.push(`caller cancelled: ${isCancelled(error)}`);
          throw error;
        }
      });
      labels.push(`group cancelled: ${tg.cancelScope.cancelCalled}`);
    });
    expect(labels).to.deep.equal(['child cleaned up', 'caller cancelled: true', 'group cancelled: false']);
  });

  // Whatever the child does about it, the caller always gets Cancelled.
  const reactions: [reaction: string, child: (status: TaskStatus) => Coroutine<void>][] = [
    [
      'swallows it and returns',
      function* () {
        try {
          yield* sleepForever();
        } catch {}
      },
    ],
    [
      'swallows it and calls started()',
      function* (status) {
        try {
          yield* sleepForever();
        } catch {
          status.started();
        }
      },
    ],
    [
      'calls started() behind a shield, and goes on',
      function* (status) {
        yield* shield(() => sleep(5));
        status.started();
        yield* checkpoint();
      },
    ],
  ];
  for (const [reaction, child] of reactions) {
    it(`G5: the caller always gets Cancelled, also when the child ${reaction}`, function* () {
      const labels: string[] = [];
      yield* taskGroup(function* (tg) {
        yield* moveOnAfter(2, function* () {
          try {
            yield* tg.start(child);
            labels.push('caller goes on');
          } catch (error) {
            labels.push(`caller cancelled: ${isCancelled(error)}`);
            throw error;
          }
        });
        labels.push(`group cancelled: ${tg.cancelScope.cancelCalled}`);
      });
      expect(labels).to.deep.equal(['caller cancelled: true', 'group cancelled: false']);
    });
  }

  it('G5: and when the child fails while being cancelled: that error goes to the group', async () => {
    const labels: string[] = [];
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          yield* moveOnAfter(2, function* () {
            try {
              yield* tg.start(function* (_status: TaskStatus) {
                try {
                  yield* sleepForever();
                } catch {
                  throw boom;
                }
              });
            } catch (caught) {
              labels.push(`caller cancelled: ${isCancelled(caught)}`);
              throw caught;
            }
          });
        }),
      ),
    );
    expect([labels, errorsOf(error)]).to.deep.equal([['caller cancelled: true'], [boom]]);
  });

  it('G5: until started() the child belongs to the caller: cancelling the group does not reach it', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (tg) {
        outer.startSoon(function* stranger() {
          labels.push(
            yield* tg.start(function* (status: TaskStatus<string>) {
              yield* sleep(3);
              labels.push('not cancelled before started()');
              status.started('value');
              try {
                yield* checkpoint();
              } catch (error) {
                labels.push(`cancelled after it: ${isCancelled(error)}`);
                throw error;
              }
            }),
          );
        });
        yield* checkpoint();
        tg.cancel();
      });
      labels.push('group over');
    });
    expect(labels).to.have.members([
      'not cancelled before started()',
      'value',
      'cancelled after it: true',
      'group over',
    ]);
    expect(labels[0]).to.equal('not cancelled before started()');
  });

  it("G5: after it to the group: the caller's scope does not reach it any more, the group's does", function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      yield* cancelScope(function* (scope) {
        yield* tg.start(function* (status: TaskStatus) {
          status.started();
          try {
            yield* sleep(3);
            labels.push("deaf to the caller's scope");
            yield* sleepForever();
          } finally {
            labels.push("cancelled by the group's");
          }
        });
        scope.cancel();
        yield* checkpoint();
      });
      yield* sleep(6);
      tg.cancel();
    });
    expect(labels).to.deep.equal(["deaf to the caller's scope", "cancelled by the group's"]);
  });

  it('G5: after it, to a group that has been cancelled meanwhile, it is cancelled in the scope in which it stands', function* () {
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      let target = tg;
      tg.startSoon(() =>
        taskGroup(function* (opened) {
          target = opened;
          yield* sleep(1);
          opened.cancel();
        }),
      );
      yield* checkpoint();
      yield* target.start(function* (status: TaskStatus) {
        yield* cancelScope(function* () {
          yield* sleep(2);
          status.started();
          story.push('started');
          try {
            yield* sleepForever();
          } finally {
            story.push('cancelled');
          }
        });
      });
      story.push('told');
    });
    expect(story).to.deep.equal(['started', 'told', 'cancelled']);
  });

  it('G5: an error after started() goes to the group', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(function* (tg) {
          yield* tg.start(function* (status: TaskStatus) {
            status.started();
            yield* sleep(1);
            throw boom;
          });
          yield* sleepForever();
        }),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([boom]);
  });
});

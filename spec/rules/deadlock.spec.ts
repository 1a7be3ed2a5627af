/**
 * Rule L5: when tasks are parked and nothing can ever wake them, the run fails. Each kind of waker has a spec
 * of two halves: while it is there, the run goes on; when it has gone, the deadlock is found.
 */
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  type Coroutine,
  checkpoint,
  coroutine,
  DeadlockError,
  Event,
  ExceptionGroup,
  failAfter,
  isCancelled,
  KEEP_WAITING,
  Lock,
  moveOnAfter,
  run as runAnywhere,
  runSync,
  Semaphore,
  shield,
  sleep,
  sleepForever,
  suspend,
  type TaskHandle,
  taskGroup,
  until,
} from 'treadle';
import { type BoundRun, onEachBackend, rejection, thrown } from '../support/contract.js';
import { Gate, parked } from '../support/gate.js';

async function deadlock(promise: PromiseLike<unknown>): Promise<DeadlockError> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(DeadlockError);
  return error as DeadlockError;
}

/** A promise that is fulfilled some host turns later. */
function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** The line of a message that tells where a task is parked: `- name (#id), …: what it waits for`. */
function lineOf(error: Error, task: string): string {
  const lines = error.message.split('\n').filter((line) => line.trimStart().startsWith(`- ${task} `));
  expect(lines, `lines of ${task} in: ${error.message}`).to.have.length(1);
  return lines[0] ?? '';
}

onEachBackend('rule L5: the deadlock', (run) => {
  it('L5: when tasks are parked and nothing can ever wake them, the run fails with DeadlockError', async () => {
    const error = await deadlock(run(() => parked));
    expect(error.name).to.equal('DeadlockError');
  });

  it('L5: the error lists each task and where it is parked', async () => {
    const gate = new Gate();
    const acquire = coroutine('acquire', function* () {
      yield* gate.wait();
    });
    const error = await deadlock(
      run(function* program() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* consumer() {
            yield* gate.wait();
          });
          const producer = tg.startSoon(function* producer() {
            yield* acquire();
          });
          tg.startSoon(function* observer() {
            yield* producer;
          });
        });
      }),
    );
    expect(lineOf(error, 'consumer')).to.match(/suspend/);
    expect(lineOf(error, 'producer')).to.match(/suspend/);
    expect(lineOf(error, 'observer')).to.match(/producer|handle|task/i);
    expect(lineOf(error, 'program')).to.match(/group/i);
  });

  it('L5: cycles come first, then what nobody could end, then who waits for those; and all of it is data too', async () => {
    const [a, b] = [new Lock({ name: 'a' }), new Lock({ name: 'b' })];
    function* worker(first: Lock, second: Lock): Coroutine<void> {
      yield* first.acquire();
      yield* checkpoint();
      yield* second.acquire();
    }
    const error = await deadlock(
      run(function* program() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* logger() {
            yield* new Event().wait();
          });
          tg.createTask(worker(a, b), { name: 'worker-1' });
          tg.createTask(worker(b, a), { name: 'worker-2' });
          tg.startSoon(function* third() {
            yield* checkpoint();
            yield* b.acquire();
          });
        });
      }),
    );
    const by = 'spawned by task program (#1)';
    expect(error.message.split('\n').slice(1, -1)).to.deep.equal([
      'A cycle, each waits for the next:',
      `  - worker-1 (#3), ${by}: lock "b" held by worker-2 (#4)`,
      `  - worker-2 (#4), ${by}: lock "a" held by worker-1 (#3)`,
      'Waits that no task in particular could end:',
      `  - logger (#2), ${by}: event`,
      'Waiting for those above:',
      '  - program (#1): the end of a task group of task program (4 children left)',
      `  - third (#5), ${by}: lock "b" held by worker-2 (#4)`,
    ]);
    expect(error.message).to.match(/in the same order/);
    const waits = error.waits.map(({ task, blockers }) => [task.name, ...blockers.map(({ id }) => id)]);
    expect(waits).to.deep.equal([
      ['worker-1', 4],
      ['worker-2', 3],
      ['logger'],
      ['program', 2, 3, 4, 5],
      ['third', 4],
    ]);
    expect(error.waits[0]).to.deep.include({
      task: { id: 3, name: 'worker-1', parentId: 1 },
      waitsFor: 'lock "b" held by worker-2 (#4)',
    });
  });

  it('L5: a task that holds what its own child waits for is a cycle; each says whom it needs', async () => {
    const permits = new Semaphore(1);
    const error = await deadlock(
      run(function* program() {
        yield* permits.acquire();
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* child() {
            yield* permits.acquire();
          });
        });
      }),
    );
    expect(lineOf(error, 'program')).to.match(/group.*, for which it needs child \(#2\)$/);
    expect(lineOf(error, 'child')).to.match(/semaphore.*, for which it needs program \(#1\)$/);
  });

  it('L5: the report is printed whole, with an error of the clean-up under it', async () => {
    const error = await deadlock(
      run(function* program() {
        try {
          yield* parked;
        } catch {
          throw new RangeError('could not clean up');
        }
      }),
    );
    expect(inspect(error)).to.match(
      /^DeadlockError: every task of[\s\S]*- program \(#1\)[\s\S]*╰─ cause: RangeError: could not/,
    );
    expect(inspect(error)).to.not.match(/Loop\.step/);
  });

  it('L5: tasks that have ended are not in the list', async () => {
    const error = await deadlock(
      run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* finished() {
            yield* sleep(1);
          });
          tg.startSoon(function* stuck() {
            yield* parked;
          });
        });
      }),
    );
    expect([error.message.includes('stuck'), error.message.includes('finished')]).to.deep.equal([
      true,
      false,
    ]);
  });

  it('L5: two tasks that wait for each other are a deadlock', async () => {
    const error = await deadlock(
      run(function* () {
        yield* taskGroup(function* (tg) {
          const handles: TaskHandle<void>[] = [];
          function* wait(index: number): Coroutine<void> {
            yield* handles[index]!.wait();
          }
          handles.push(tg.startSoon(wait, 1), tg.startSoon(wait, 0));
        });
      }),
    );
    expect(error.message.split('\n').filter((line) => /\bwait\b/.test(line)).length).to.be.at.least(2);
  });

  it('L5: it is found when the last waker has gone, not only at the start', async () => {
    const labels: string[] = [];
    await deadlock(
      run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(2);
            labels.push('timer fired');
          });
          tg.startSoon(function* () {
            labels.push(yield* until(later(4, 'promise settled')));
          });
          tg.startSoon(function* () {
            yield* parked;
          });
        });
      }),
    );
    expect(labels.sort()).to.deep.equal(['promise settled', 'timer fired']);
  });

  it('L5: clean-up code runs first, in every task, also what it waits for behind a shield', async () => {
    const labels: string[] = [];
    const running = run(function* () {
      try {
        yield* taskGroup(function* (tg) {
          for (const name of ['a', 'b']) {
            tg.startSoon(function* () {
              try {
                yield* parked;
              } catch (error) {
                labels.push(`${name}: ${isCancelled(error) ? 'Cancelled' : error}`);
                throw error;
              } finally {
                yield* shield(() => sleep(1));
                labels.push(`${name}: cleaned up`);
              }
            });
          }
        });
      } finally {
        labels.push('main: cleaned up');
      }
    });
    await deadlock(
      running.catch((error: unknown) => {
        labels.push('rejected');
        throw error;
      }),
    );
    expect(labels).to.deep.equal([
      'a: Cancelled',
      'b: Cancelled',
      'a: cleaned up',
      'b: cleaned up',
      'main: cleaned up',
      'rejected',
    ]);
  });

  it('L5: the run fails also when main swallows the cancellation and returns', async () => {
    await deadlock(
      run(function* () {
        try {
          yield* parked;
        } catch {}
        return 'as if nothing had been';
      }),
    );
  });

  it('L5: an error of the clean-up is not lost', async () => {
    const boom = new Error('clean-up failed');
    const error = await rejection(
      run(function* () {
        try {
          yield* parked;
        } catch {
          throw boom;
        }
      }),
    );
    const reachable = [
      error,
      (error as Error).cause,
      error instanceof ExceptionGroup ? error.leaves() : [],
    ].flat();
    expect(reachable).to.include(boom);
  });

  it('L5: a deadlock inside a shield also ends', async () => {
    const labels: string[] = [];
    await deadlock(
      run(function* () {
        try {
          yield* shield(function* () {
            try {
              yield* parked;
            } finally {
              labels.push('inside the shield');
            }
          });
        } finally {
          labels.push('outside the shield');
        }
      }),
    );
    expect(labels).to.deep.equal(['inside the shield', 'outside the shield']);
  });

  it('L5: and one in which the cancellation is swallowed, again and again', async () => {
    const labels: string[] = [];
    await deadlock(
      run(() =>
        shield(function* () {
          for (let round = 1; round <= 3; round += 1) {
            try {
              yield* parked;
            } catch (error) {
              labels.push(`round ${round}: ${isCancelled(error)}`);
            }
          }
          try {
            yield* checkpoint();
          } finally {
            labels.push('shield left');
          }
        }),
      ),
    );
    expect(labels).to.deep.equal(['round 1: true', 'round 2: true', 'round 3: true', 'shield left']);
  });

  it('L5: a deadlock in clean-up code ends as well', async () => {
    const labels: string[] = [];
    await deadlock(
      run(function* () {
        try {
          yield* parked;
        } finally {
          try {
            yield* shield(() => shield(() => parked));
          } finally {
            labels.push('clean-up cut');
          }
        }
      }),
    );
    expect(labels).to.deep.equal(['clean-up cut']);
  });

  it('L5: so does one on a wait that cannot be given up', async () => {
    const labels: string[] = [];
    await deadlock(
      run(function* () {
        try {
          yield* suspend(() => () => KEEP_WAITING, { foreign: false });
        } finally {
          labels.push('finally');
        }
      }),
    );
    expect(labels).to.deep.equal(['finally']);
  });

  it('L5: and the clean-up behind it runs, though it comes to the same dead end behind a shield', async () => {
    const labels: string[] = [];
    const stuck = suspend(() => () => KEEP_WAITING, { foreign: false });
    await deadlock(
      run(function* () {
        try {
          yield* stuck;
        } finally {
          try {
            yield* shield(() => stuck);
          } finally {
            labels.push('finally');
          }
        }
      }),
    );
    expect(labels).to.deep.equal(['finally']);
  });

  it('L5: a deadlock of one run is none of another, and the loop can be used again', async () => {
    const other = run(function* () {
      yield* sleep(5);
      return 'the other run';
    });
    await deadlock(run(() => parked));
    expect([await other, await run(() => sleep(1))]).to.deep.equal(['the other run', undefined]);
  });

  it('L5: a deadline that cannot reach the parked task does not count once it has passed', async () => {
    await deadlock(run(() => moveOnAfter(3, () => shield(() => parked))));
  });
});

onEachBackend('rule L5: what can wake a run', (run) => {
  /** A task that waits for a gate beside one that opens it as soon as its waker has done its work. */
  async function wokenBy(bound: BoundRun, waker: () => Coroutine<void>): Promise<string[]> {
    const labels: string[] = [];
    const gate = new Gate();
    await bound(function* () {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* gate.wait();
          labels.push('woken');
        });
        tg.startSoon(function* () {
          yield* waker();
          labels.push('waker done');
          gate.open();
        });
      });
    });
    return labels;
  }

  it('L5: a ready task keeps the run alive', async () => {
    const labels = await wokenBy(run, function* () {
      for (let i = 0; i < 1_000; i += 1) yield* sleep(0);
    });
    expect(labels).to.deep.equal(['waker done', 'woken']);
  });

  it('L5: a timer keeps the run alive', async () => {
    const labels = await wokenBy(run, () => sleepThenReturn(3));
    expect(labels).to.deep.equal(['waker done', 'woken']);
  });

  it('L5: the deadline of a scope keeps the run alive', async () => {
    const labels = await wokenBy(run, function* () {
      yield* moveOnAfter(3, () => parked);
    });
    expect(labels).to.deep.equal(['waker done', 'woken']);
  });

  it('L5: until keeps the run alive, given a promise or a function', async () => {
    const labels = await wokenBy(run, function* () {
      yield* until(later(3, undefined));
      yield* until(() => later(3, undefined));
    });
    expect(labels).to.deep.equal(['waker done', 'woken']);
  });

  it('L5: suspend keeps the run alive, unless it says that it is not foreign', async () => {
    const labels = await wokenBy(run, function* () {
      yield* suspend<void>((resume) => void setTimeout(resume, 3));
      yield* suspend<void>((resume) => void setTimeout(resume, 3), { foreign: true });
    });
    expect(labels).to.deep.equal(['waker done', 'woken']);
    await deadlock(run(() => suspend<void>((resume) => void setTimeout(resume, 3), { foreign: false })));
  });

  it('L5: sleepForever keeps the run alive', async () => {
    const labels = await wokenBy(run, function* () {
      yield* moveOnAfter(3, () => sleepForever());
    });
    expect(labels).to.deep.equal(['waker done', 'woken']);
  });

  for (const [name, operation] of [
    ['sleepForever()', () => sleepForever()],
    ['sleep(Infinity)', () => sleep(Number.POSITIVE_INFINITY)],
  ] as const) {
    it(`L5: a run in which only ${name} is left goes on until somebody cancels it`, async () => {
      const labels: string[] = [];
      const running = run(operation);
      const settled = running.catch((error: unknown) => {
        labels.push(isCancelled(error) ? 'cancelled' : String(error));
      });
      await later(10, undefined);
      labels.push('still running');
      running.cancel();
      await settled;
      expect(labels).to.deep.equal(['still running', 'cancelled']);
    });
  }

  for (const [name, operation] of [
    ['sleepForever()', () => sleepForever()],
    ['sleep(Infinity)', () => sleep(Number.POSITIVE_INFINITY)],
    ['sleep(1 hour)', () => sleep(3_600_000)],
    ['failAfter(1 hour)', () => failAfter(3_600_000, () => parked)],
    ['until(promise)', () => until(new Promise(() => {}))],
    ['suspend', () => suspend(() => {})],
  ] as const) {
    it(`L5: a ${name} that was given up, or is over, counts no longer`, async () => {
      await deadlock(
        run(() =>
          taskGroup(function* (tg) {
            const handle = tg.startSoon<[], unknown>(operation);
            yield* checkpoint();
            handle.cancel();
            yield* handle.wait();
            yield* parked;
          }),
        ),
      );
    });
  }

  it('L5: an un-aborted signal keeps the run alive', async () => {
    const labels: string[] = [];
    const controller = new AbortController();
    const running = run(() => parked, { signal: controller.signal });
    const settled = running.catch((error: unknown) => {
      labels.push(`rejected: ${error}`);
    });
    await later(10, undefined);
    labels.push('still running');
    controller.abort('hung up');
    await settled;
    expect(labels).to.deep.equal(['still running', 'rejected: hung up']);
  });

  it('L5: a signal that has been aborted does so no longer', async () => {
    const labels: string[] = [];
    const controller = new AbortController();
    setTimeout(() => controller.abort('hung up'), 3);
    const error = await rejection(
      run(
        function* () {
          try {
            yield* parked;
          } finally {
            labels.push('cancelled');
            yield* shield(() => parked);
          }
        },
        { signal: controller.signal },
      ),
    );
    expect([labels, error instanceof DeadlockError]).to.deep.equal([['cancelled'], true]);
  });

  it('L5: nor one whose abort reaches nobody: what is parked behind a shield is found there and then', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort('hung up'), 3);
    const running = run(() => shield(() => parked), { signal: controller.signal });
    expect((await deadlock(running)).message).to.match(/nothing can ever wake/);
  });

  it('L5: Run.cancel does not count', async () => {
    const running = run(() => parked);
    await deadlock(running);
    running.cancel(); // after the end it does nothing
  });

  it('L5: an endless deadline does not count', async () => {
    await deadlock(run(() => moveOnAfter(Number.POSITIVE_INFINITY, () => parked)));
    await deadlock(run(() => moveOnAfter(null, () => parked)));
  });
});

describe('rule L5: without a host', () => {
  it('L5: runSync throws the DeadlockError, after the clean-up', () => {
    const labels: string[] = [];
    const error = thrown(() =>
      runSync(function* () {
        try {
          yield* parked;
        } finally {
          yield* shield(() => sleep(5));
          labels.push('cleaned up');
        }
      }),
    );
    expect([error instanceof DeadlockError, labels]).to.deep.equal([true, ['cleaned up']]);
  });

  it('L5: a nested run that is deadlocked fails alone', async () => {
    const outcome = await runAnywhere(function* () {
      try {
        yield* until(runAnywhere(() => parked));
        return 'no error';
      } catch (error) {
        return error instanceof DeadlockError;
      }
    });
    expect(outcome).to.equal(true);
  });
});

function* sleepThenReturn(ms: number): Coroutine<void> {
  yield* sleep(ms);
}

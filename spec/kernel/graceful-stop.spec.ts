/** `scope.requestStop`, `stopRequested` and `isStopRequested`. */
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  cancelScope,
  currentTime,
  DeadlockError,
  NoEventLoopError,
  shield,
  sleep,
  sleepForever,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import { isStopRequested, stopRequested } from '../../lib/kernel/graceful-stop.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { Gate } from '../support/gate.js';

onEachBackend('graceful stop', (run, { exactTime, it }) => {
  it('those who listen end by themselves, the others are cancelled when the grace is over', function* () {
    const labels: unknown[] = [];
    function* polite(): Coroutine<void> {
      yield* stopRequested();
      labels.push('polite: finishing');
      yield* sleep(2);
      labels.push('polite: done');
    }
    function* deaf(): Coroutine<void> {
      try {
        yield* sleepForever();
      } finally {
        labels.push('deaf: cancelled');
      }
    }
    const begin = currentTime();
    yield* taskGroup(function* (tg) {
      tg.startSoon(polite);
      tg.startSoon(deaf);
      yield* sleep(1);
      tg.cancelScope.requestStop({ graceMs: 10 });
      labels.push('asked');
    });
    if (exactTime) labels.push(currentTime() - begin);
    expect(labels).to.deep.equal([
      'asked',
      'polite: finishing',
      'polite: done',
      'deaf: cancelled',
      ...(exactTime ? [11] : []),
    ]);
  });

  it('is seen in nested scopes and tasks, not beside, nor through a shield', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const scope = new CancelScope();
      const over = new Gate();
      tg.startSoon(() =>
        scope.run(() =>
          taskGroup(function* (inner) {
            inner.startSoon(function* () {
              yield* stopRequested();
              labels.push('a task inside');
            });
            inner.startSoon(() =>
              shield(function* () {
                yield* over.wait();
                labels.push(`shielded: ${isStopRequested()}`);
              }),
            );
          }),
        ),
      );
      tg.startSoon(function* () {
        yield* over.wait();
        labels.push(`beside: ${isStopRequested()}`);
      });
      yield* sleep(1);
      scope.requestStop();
      yield* scope.stopRequested;
      labels.push('who watches the scope');
      over.open();
    });
    expect(labels).to.deep.equal([
      'a task inside',
      'who watches the scope',
      'beside: false',
      'shielded: false',
    ]);
  });

  it('nested scopes see the earliest end; a later request never gives more time', function* () {
    const ends = yield* cancelScope(function* (outer) {
      const begin = currentTime();
      const ends: number[] = [];
      yield* cancelScope(function* (inner) {
        inner.requestStop({ graceMs: 40 });
        inner.requestStop({ graceMs: 50 });
        ends.push(inner.deadline - begin);
        inner.requestStop({ graceMs: 30 });
        ends.push(inner.deadline - begin);
        outer.requestStop({ graceMs: 20 });
        ends.push(outer.deadline - begin);
      });
      outer.deadline = Infinity;
      return ends;
    });
    if (exactTime) expect(ends).to.deep.equal([40, 30, 20]);
    else for (const [index, end] of [40, 30, 20].entries()) expect(ends?.[index]).to.be.within(end, end + 15);
  });

  it('once asked, waiting is a mere checkpoint; and it counts when asked before the scope is entered', function* () {
    const labels: unknown[] = [];
    const scope = new CancelScope();
    scope.requestStop();
    labels.push(isStopRequested());
    yield* scope.run(function* () {
      labels.push(isStopRequested());
      yield* stopRequested();
      labels.push('through');
    });
    yield* cancelScope(function* (other) {
      other.requestStop();
      other.cancel();
      yield* stopRequested();
      labels.push('not reached: a checkpoint throws where it is cancelled');
    });
    expect(labels).to.deep.equal([false, true, 'through']);
  });

  it('C3: who was asked goes on, though it is cancelled at its next checkpoint', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* stopRequested();
        labels.push('asked');
        yield* sleepForever();
      });
      yield* sleep(1);
      tg.cancelScope.requestStop({ graceMs: 0 });
    });
    expect(labels).to.deep.equal(['asked']);
  });

  it('C5: a shield that comes down lets through a request that was made before', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const shielded = new CancelScope({ shield: true });
      tg.startSoon(() =>
        shielded.run(function* () {
          yield* stopRequested();
          labels.push(`asked: ${isStopRequested()}`);
        }),
      );
      tg.startSoon(function* () {
        yield* shielded.stopRequested; // who watches the scope from outside, too
        labels.push('watcher');
      });
      yield* sleep(1);
      tg.cancelScope.requestStop();
      yield* sleep(1);
      labels.push('shield down');
      shielded.shield = false;
    });
    expect(labels).to.deep.equal(['shield down', 'asked: true', 'watcher']);
  });

  it('G5: a task that has started hears of a request that was made to its new group before', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      tg.cancelScope.requestStop();
      // Below a shield the caller hears nothing of it; nor does the child, until it belongs to the group.
      yield* shield(() =>
        tg.start(function* (status: TaskStatus<void>): Coroutine<void> {
          yield* taskGroup(function* (inner) {
            inner.startSoon(function* () {
              yield* stopRequested();
              labels.push('asked');
            });
            yield* sleep(1);
            labels.push('started');
            status.started();
          });
        }),
      );
    });
    expect(labels).to.deep.equal(['started', 'asked']);
  });

  it('L5: a request that nobody can make any more is a deadlock, and leaves no trace', async () => {
    const error = await rejection(run(() => stopRequested()));
    expect(error)
      .to.be.instanceOf(DeadlockError)
      .with.property('message')
      .match(/a request to stop/);
  });

  it('V3: refuses a bad grace; needs a clock for one', async () => {
    await run(function* () {
      yield* cancelScope(function* (scope) {
        expect(thrown(() => scope.requestStop({ graceMs: -1 }))).to.be.instanceOf(RangeError);
        expect(thrown(() => scope.requestStop({ graceMs: 'x' as never }))).to.be.instanceOf(TypeError);
        expect(thrown(() => scope.requestStop(500 as never))).to.be.instanceOf(TypeError); // no endless grace
        expect(isStopRequested()).to.equal(false);
      });
    });
    const scope = new CancelScope();
    expect(thrown(() => scope.requestStop({ graceMs: 1 }))).to.be.instanceOf(NoEventLoopError);
    await run(() =>
      scope.run(function* () {
        expect(isStopRequested()).to.equal(false); // what was refused has not been asked
      }),
    );
    expect(thrown(() => isStopRequested())).to.be.instanceOf(NoEventLoopError);
  });
});

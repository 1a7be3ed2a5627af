/** `supervise`: children that may fail. */
import { expect } from 'chai';
import sinon from 'sinon';
import {
  type Coroutine,
  checkpoint,
  currentTime,
  ExceptionGroup,
  moveOnAfter,
  runSync,
  sleep,
  sleepForever,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  taskGroup,
} from 'treadle';
import { type SupervisedFailure, type SuperviseOptions, supervise } from '../../lib/concurrency/supervise.js';
import type { SupervisedTask } from '../../lib/concurrency/supervised-task.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { same } from '../support/types.js';

const boom = new Error('boom');

function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

function* failing(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw boom;
}

/** Fails until it has been called `times` times. */
function flaky(times: number): () => Coroutine<string> {
  let calls = 0;
  return function* flakyOne() {
    yield* checkpoint();
    if (++calls < times) throw new Error(`failure ${calls}`);
    return `after ${calls} calls`;
  };
}

function message(error: unknown): string {
  return (error as Error).message;
}

onEachBackend('supervise, isolate', (run, { it }) => {
  it('a child that fails is reported and leaves the others alone', function* () {
    const labels: unknown[] = [];
    const onFailure = ({ error, task, count, restartIn }: SupervisedFailure) => {
      labels.push([task.name, message(error), count, restartIn]);
    };
    const [value, tasks] = yield* supervise(
      function* (supervisor) {
        const tasks = [
          supervisor.startSoon(failing, 1),
          supervisor.startSoon(after<string>, 3, 'fine'),
        ] as const;
        same<(typeof tasks)[1], SupervisedTask<string>>();
        yield* sleep(2);
        labels.push('the body goes on');
        return ['value', tasks] as const;
      },
      { onError: 'isolate', onFailure },
    );
    expect(labels).to.deep.equal([['failing', 'boom', 1, undefined], 'the body goes on']);
    expect(value).to.equal('value');
    const [bad, good] = tasks;
    expect([bad.status, good.status]).to.deep.equal(['failed', 'finished']);
    expect(bad.exception).to.equal(boom);
    expect(thrown(() => bad.returnValue))
      .to.be.instanceOf(TaskFailed)
      .with.property('cause', boom);
    expect([good.returnValue, good.exception]).to.deep.equal(['fine', undefined]);
  });

  it('handles are waited for and cancelled like those of a group', function* () {
    const labels: unknown[] = [];
    yield* supervise(
      function* (supervisor) {
        const sleeper = supervisor.startSoon(sleepForever);
        const good = supervisor.startSoon(after<number>, 1, 7);
        const bad = supervisor.startSoon(failing, 1);
        labels.push(thrown(() => good.returnValue) instanceof TaskNotFinished, good.status);
        labels.push(yield* good);
        try {
          yield* bad;
        } catch (error) {
          labels.push(error instanceof TaskFailed && error.cause === boom);
        }
        sleeper.cancel();
        yield* sleeper.wait();
        labels.push(sleeper.status, thrown(() => sleeper.returnValue) instanceof TaskCancelled);
      },
      { onError: 'isolate', onFailure: () => {} },
    );
    expect(labels).to.deep.equal([true, 'pending', 7, true, 'cancelled', true]);
  });

  it('G2: an error of the body, or of the reporter, takes it down', async () => {
    const ofBody = await rejection(
      run(() =>
        supervise(
          function* (supervisor) {
            supervisor.startSoon(sleepForever);
            yield* failing(1);
          },
          { onError: 'isolate' },
        ),
      ),
    );
    expect(ofBody).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([boom]);
    const worse = new Error('the reporter failed');
    const ofReporter = await rejection(
      run(() =>
        supervise(
          function* (supervisor) {
            supervisor.startSoon(failing, 1);
            yield* sleepForever();
          },
          {
            onError: 'isolate',
            onFailure: () => {
              throw worse;
            },
          },
        ),
      ),
    );
    expect((ofReporter as ExceptionGroup).errors).to.deep.equal([worse]);
  });

  it('cancellation reaches all, is awaited, and is not reported', function* () {
    const labels: unknown[] = [];
    function* child(): Coroutine<void> {
      try {
        yield* sleepForever();
      } finally {
        labels.push('cleaned up');
      }
    }
    yield* moveOnAfter(1, () =>
      supervise(
        function* (supervisor) {
          supervisor.startSoon(child);
          supervisor.startSoon(child);
        },
        { onError: 'restart', onFailure: () => labels.push('reported') },
      ),
    );
    labels.push('moved on');
    expect(labels).to.deep.equal(['cleaned up', 'cleaned up', 'moved on']);
  });

  it('reports to the console when nobody else is told', async () => {
    const print = sinon.stub(console, 'error');
    try {
      await run(() =>
        supervise(
          function* (supervisor) {
            supervisor.startSoon(failing, 0);
          },
          { onError: 'isolate' },
        ),
      );
      expect(print.args).to.deep.equal([['task failing (#2) failed, it is not restarted:', boom]]);
    } finally {
      print.restore();
    }
  });
});

onEachBackend('supervise, restart', (run, { it }) => {
  it('calls the function again until it returns; the handle is the same', function* () {
    const labels: unknown[] = [];
    const task = yield* supervise(
      function* (supervisor) {
        return supervisor.startSoon(flaky(3));
      },
      {
        onError: 'restart',
        delay: 1,
        onFailure: ({ error, restartIn }) => labels.push([message(error), restartIn]),
      },
    );
    expect(labels).to.deep.equal([
      ['failure 1', 1],
      ['failure 2', 2],
    ]);
    expect([task.status, task.returnValue, task.restarts]).to.deep.equal(['finished', 'after 3 calls', 2]);
  });

  it('the failure after the last restart fails the group and cancels the others', async () => {
    const labels: unknown[] = [];
    const error = await rejection(
      run(() =>
        supervise(
          function* (supervisor) {
            supervisor.startSoon(failing, 0);
            try {
              yield* sleepForever();
            } finally {
              labels.push('the body is cancelled');
            }
          },
          {
            onError: 'restart',
            maxRestarts: 1,
            delay: 0,
            onFailure: ({ count, restartIn }) => labels.push([count, restartIn]),
          },
        ),
      ),
    );
    expect((error as ExceptionGroup).errors).to.deep.equal([boom]);
    expect(labels).to.deep.equal([[1, 0], [2, undefined], 'the body is cancelled']);
  });

  it('what fails while it is cancelled is reported and not restarted', function* () {
    const labels: unknown[] = [];
    yield* supervise(
      function* (supervisor) {
        supervisor.startSoon(function* () {
          try {
            yield* sleepForever();
          } catch {
            throw boom;
          }
        });
        yield* sleep(1);
        supervisor.cancel();
      },
      {
        onError: 'restart',
        maxRestarts: 0,
        onFailure: ({ error, restartIn }) => labels.push(error, restartIn),
      },
    );
    expect(labels).to.deep.equal([boom, undefined]);
  });

  it('a stop that is requested ends the pause, and what fails then is not restarted', function* () {
    const labels: unknown[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(() =>
        supervise(
          function* (supervisor) {
            supervisor.startSoon(failing, 0); // in its pause
            supervisor.startSoon(failing, 4); // fails later
          },
          {
            onError: 'restart',
            delay: 10_000,
            onFailure: ({ restartIn }) => labels.push(restartIn),
          },
        ),
      );
      yield* sleep(2);
      tg.cancelScope.requestStop({ graceMs: 5_000 });
    });
    expect(labels).to.deep.equal([10_000, undefined]);
  });
});

describe('supervise', () => {
  it('failures older than `within` no longer count, and the pauses begin anew', () => {
    const seen: unknown[] = [];
    runSync(
      () =>
        moveOnAfter(295, () =>
          supervise(
            function* (supervisor) {
              let calls = 0;
              supervisor.startSoon(function* () {
                yield* sleep(++calls === 3 ? 200 : 10);
                throw boom;
              });
            },
            {
              onError: 'restart',
              maxRestarts: 2,
              within: 100,
              delay: 10,
              onFailure: ({ count, restartIn }) => seen.push([currentTime(), count, restartIn]),
            },
          ),
        ),
      { backend: 'virtual' },
    );
    expect(seen).to.deep.equal([
      [10, 1, 10],
      [30, 2, 20],
      [250, 1, 10],
      [270, 2, 20],
    ]);
  });

  it('refuses bad options at the call', () => {
    const body = () => checkpoint();
    const bad: [options: unknown, type: new () => Error, message: RegExp][] = [
      [undefined, TypeError, /onError/],
      [{ onError: 'ignore' }, TypeError, /onError/],
      [{ onError: 'restart', maxRestarts: -1 }, RangeError, /maxRestarts/],
      [{ onError: 'restart', within: Number.NaN }, RangeError, /within/],
      [{ onError: 'restart', delay: -1 }, RangeError, /delay/],
      [{ onError: 'isolate', onFailure: 7 }, TypeError, /onFailure/],
    ];
    for (const [options, type, text] of bad) {
      expect(thrown(() => supervise(body, options as SuperviseOptions)))
        .to.be.instanceOf(type)
        .with.property('message')
        .match(text);
    }
    expect(thrown(() => supervise(7 as never, { onError: 'isolate' }))).to.be.instanceOf(TypeError);
  });
});

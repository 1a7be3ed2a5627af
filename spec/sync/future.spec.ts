import { expect } from 'chai';
import {
  checkpoint,
  DeadlockError,
  type Effect,
  isCancelled,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  taskGroup,
} from 'treadle';
import { AlreadySetError } from '../../lib/sync/errors.js';
import { Future } from '../../lib/sync/future.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure, outcome } from '../support/outcome.js';
import { never, same } from '../support/types.js';

onEachBackend('Future', (run, { it }) => {
  it('gives its result to all who wait, in the order in which they came, and to who comes later', function* () {
    const future = new Future<number>();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        const value = yield* future;
        same<typeof value, number>();
        story.push(`a ${value}`);
      });
      tg.startSoon(function* () {
        yield* future.wait();
        story.push(`b ${future.status}`);
      });
      tg.startSoon(function* () {
        story.push(`c ${yield* future}`);
      });
      yield* checkpoint();
      story.push(`${future.statistics().tasksWaiting} wait`);
      future.setResult(42);
      story.push(`late ${yield* future}`);
      yield* future.wait();
    });
    expect(story).to.deep.equal(['3 wait', 'a 42', 'b finished', 'c 42', 'late 42']);
  });

  it('an error is the cause of the TaskFailed that each waiter gets', function* () {
    const future = new Future<number>({ name: 'answer' });
    const boom = new Error('boom');
    const errors: unknown[] = [];
    yield* taskGroup(function* (tg) {
      for (let count = 0; count < 2; count++) {
        tg.startSoon(function* () {
          errors.push(yield* failure(future));
        });
      }
      tg.startSoon(() => future.wait());
      yield* checkpoint();
      future.setException(boom);
      errors.push(yield* failure(future));
    });
    expect(errors.length).to.equal(3);
    expect(new Set(errors).size).to.equal(3);
    for (const error of errors) {
      expect(error).to.be.instanceOf(TaskFailed).and.not.instanceOf(TaskCancelled);
      expect((error as TaskFailed).cause).to.equal(boom);
      expect(String(error)).to.equal(
        'TaskFailed: the Future "answer" has no result: it failed with Error: boom; wait() only waits, and status tells how it ended',
      );
    }
  });

  it('cancelled, it gives those who wait a TaskCancelled, which is no cancellation of theirs', function* () {
    const future = new Future<number>();
    const errors: unknown[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        errors.push(yield* failure(future));
        yield* checkpoint(); // is not cancelled itself
      });
      yield* checkpoint();
      future.cancel('no longer needed');
      future.cancel('again');
      yield* future.wait();
      errors.push(yield* failure(future));
    });
    for (const error of errors) {
      expect(error).to.be.instanceOf(TaskCancelled);
      const { cause } = error as TaskCancelled;
      expect(isCancelled(cause) && cause.reason).to.equal('no longer needed');
    }
    expect(errors.length).to.equal(2);
  });

  it('C3: cancelling a wait leaves the future alone', function* () {
    const future = new Future<string>();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      const a = tg.startSoon(function* () {
        story.push(`a ${yield* outcome(future)}`);
      });
      const b = tg.startSoon(function* () {
        story.push(`b ${yield* outcome(future)}`);
      });
      yield* checkpoint();
      a.cancel();
      story.push(`${future.statistics().tasksWaiting} waits`);
      future.setResult('value');
      b.cancel();
    });
    expect(story).to.deep.equal(['1 waits', 'a Cancelled', 'b value value']);
  });

  it('is an operation: a task can run it', function* () {
    const future = new Future<number>();
    const value = yield* taskGroup(function* (tg) {
      const handle = tg.createTask(future);
      yield* checkpoint();
      future.setResult(7);
      return yield* handle;
    });
    expect(value).to.equal(7);
  });

  it('waiting for one that has its result is a checkpoint', function* () {
    const future = new Future<number>();
    future.setResult(1);
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        story.push('other');
      });
      story.push(`value ${yield* future}`);
    });
    expect(story).to.deep.equal(['other', 'value 1']);
  });

  it('L5: a result that nobody will set is a deadlock that names the future', async () => {
    const error = await rejection(run(() => new Future<number>({ name: 'answer' })));
    expect(error).to.be.instanceOf(DeadlockError);
    expect(String(error)).to.contain('the result of the Future "answer"');
  });
});

describe('Future', () => {
  function make(how: (future: Future<number>) => void): Future<number> {
    const future = new Future<number>();
    how(future);
    return future;
  }

  it('reads like a handle: pending', () => {
    const future = new Future<number>({ name: 'answer' });
    expect(future.status).to.equal('pending');
    for (const error of [thrown(() => future.returnValue), thrown(() => future.exception)]) {
      expect(error).to.be.instanceOf(TaskNotFinished);
      expect(String(error)).to.contain('the Future "answer" has no result yet: wait for it');
    }
  });

  it('reads like a handle: finished, failed, cancelled', () => {
    const finished = make((future) => future.setResult(7));
    expect([finished.status, finished.returnValue, finished.exception]).to.deep.equal([
      'finished',
      7,
      undefined,
    ]);
    const failed = make((future) => future.setException('no error object'));
    expect([failed.status, failed.exception]).to.deep.equal(['failed', 'no error object']);
    expect((thrown(() => failed.returnValue) as TaskFailed).cause).to.equal('no error object');
    const cancelled = make((future) => future.cancel('why'));
    expect(cancelled.status).to.equal('cancelled');
    expect(thrown(() => cancelled.returnValue)).to.be.instanceOf(TaskCancelled);
    expect(thrown(() => cancelled.exception)).to.be.instanceOf(TaskCancelled);
  });

  it('is set once; cancelling what is set does nothing', () => {
    const endings: [string, (future: Future<number>) => void][] = [
      ['finished', (future) => future.setResult(1)],
      ['failed', (future) => future.setException(new Error('first'))],
      ['cancelled', (future) => future.cancel()],
    ];
    for (const [status, end] of endings) {
      const future = make(end);
      for (const error of [thrown(() => future.setResult(2)), thrown(() => future.setException(2))]) {
        expect(error).to.be.instanceOf(AlreadySetError);
        expect(String(error)).to.match(/a Future (has a result|has an error|was cancelled) already/);
      }
      future.cancel();
      expect(future.status).to.equal(status);
    }
  });

  it('types', () => {
    const future = new Future<number>();
    same<typeof future.status, 'pending' | 'finished' | 'cancelled' | 'failed'>();
    same<ReturnType<typeof future.wait>, Effect<void>>();
    same<typeof future.exception, unknown>();
    // @ts-expect-error a number is wanted
    never(() => future.setResult('text'));
    expect(future.status).to.equal('pending');
  });
});

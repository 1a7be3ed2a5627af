import { expect } from 'chai';
import { BusyResourceError, type Coroutine, checkpoint, taskGroup } from 'treadle';
import { ResourceGuard } from '../../lib/sync/resource-guard.js';
import { onEachBackend, thrown } from '../support/contract.js';
import { outcome } from '../support/outcome.js';
import { same } from '../support/types.js';

onEachBackend('ResourceGuard', (run, { it }) => {
  it('fails the second entrant, names the first, and lets in again when that has left', async () => {
    const guard = new ResourceGuard('reading from');
    const story: string[] = [];
    function* read(name: string): Coroutine<void> {
      using _ = guard.enter();
      yield* checkpoint();
      story.push(name);
    }
    await run(() =>
      taskGroup(function* (tg) {
        tg.createTask(read('first'), { name: 'reader' });
        yield* checkpoint();
        story.push(yield* outcome(read('second')));
        yield* checkpoint();
        yield* read('third');
      }),
    );
    const [error, ...rest] = story;
    expect(error).to.match(/^BusyResourceError: task reader \(#2\) is already reading from this resource; /);
    expect(rest).to.deep.equal(['first', 'third']);
  });

  it('is left by an error and by a cancellation, too', function* () {
    const guard = new ResourceGuard();
    yield* taskGroup(function* (tg) {
      const task = tg.startSoon(function* () {
        using _ = guard.enter();
        yield* checkpoint();
        yield* checkpoint();
      });
      yield* checkpoint();
      expect(thrown(() => guard.enter())).to.be.instanceOf(BusyResourceError);
      task.cancel();
      yield* task.wait();
      yield* outcome(
        (function* (): Coroutine<void> {
          using _ = guard.enter();
          throw new Error('boom');
        })(),
      );
      guard.enter()[Symbol.dispose]();
    });
    expect(() => guard.enter()).not.to.throw();
  });

  it('R1: leaving twice does nothing, also when another task has entered since', function* () {
    const guard = new ResourceGuard();
    const first = guard.enter();
    first[Symbol.dispose]();
    guard.enter();
    first[Symbol.dispose]();
    expect(thrown(() => guard.enter())).to.be.instanceOf(BusyResourceError);
  });
});

describe('ResourceGuard', () => {
  it('works outside of tasks, too', () => {
    const guard = new ResourceGuard();
    {
      using entry = guard.enter();
      same<typeof entry, Disposable>();
      expect(String(thrown(() => guard.enter()))).to.match(
        /^BusyResourceError: code outside of any task is already using this resource; /,
      );
    }
    expect(() => guard.enter()).not.to.throw();
  });
});

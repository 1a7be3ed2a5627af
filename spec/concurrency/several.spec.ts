/** What `all`, `allSettled`, `race`, `any`, `gather` and `asCompleted` have in common. */
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  currentTime,
  type Effect,
  isCancelled,
  moveOnAfter,
  type Operation,
  run,
  runningTasks,
  sleep,
  sleepForever,
} from 'treadle';
import { all } from '../../lib/concurrency/all.js';
import { allSettled } from '../../lib/concurrency/all-settled.js';
import { any } from '../../lib/concurrency/any.js';
import { asCompleted } from '../../lib/concurrency/as-completed.js';
import { gather } from '../../lib/concurrency/gather.js';
import { race } from '../../lib/concurrency/race.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';

type Helper = (operations: Operation<unknown>[]) => Effect<unknown>;

const HELPERS: readonly [name: string, helper: Helper][] = [
  ['all', all],
  ['allSettled', allSettled],
  ['race', race],
  ['any', any],
  ['gather', (operations) => gather(...operations)],
  [
    'asCompleted',
    (operations) =>
      asCompleted(operations, function* (completed) {
        yield* completed.forEach(function* () {});
      }),
  ],
];

for (const [name, helper] of HELPERS) {
  onEachBackend(`${name}, like its siblings`, (_run, { it }) => {
    it('runs the operations side by side, in tasks of their own', function* () {
      const labels: unknown[] = [];
      function* child(label: string): Coroutine<string> {
        labels.push(`${label} begins`);
        yield* checkpoint();
        labels.push(`${label} ends`);
        yield* checkpoint();
        return label;
      }
      yield* helper([child('a'), child('b')]);
      expect(labels).to.deep.equal(['a begins', 'b begins', 'a ends', 'b ends']);
    });

    it('C9: when it is cancelled it cancels the operations and waits until they have ended', function* () {
      const labels: unknown[] = [];
      function* child(label: string): Coroutine<void> {
        try {
          yield* sleepForever();
        } finally {
          yield* moveOnAfter(1, () => sleepForever(), { shield: true });
          labels.push(`${label} has cleaned up`);
        }
      }
      yield* cancelScope(function* (scope) {
        yield* moveOnAfter(2, () => helper([child('a'), child('b')]));
        labels.push(`${runningTasks().length} task left`);
        scope.cancel();
        try {
          yield* helper([child('c')]);
        } catch (error) {
          labels.push(`cancelled: ${isCancelled(error)}`);
          throw error;
        }
      });
      expect(labels).to.deep.equal([
        'a has cleaned up',
        'b has cleaned up',
        '1 task left',
        'cancelled: true',
      ]);
    });

    it('starts nothing in a cancelled scope, and takes nothing: the coroutine can be run elsewhere', function* () {
      const labels: unknown[] = [];
      function* child(): Coroutine<string> {
        labels.push('begun');
        yield* checkpoint();
        return 'ran';
      }
      const operation = child();
      yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* helper([operation]);
      });
      labels.push('nothing yet');
      yield* helper([operation]);
      expect(labels).to.deep.equal(['nothing yet', 'begun']);
    });
  });

  describe(`${name}, given something bad`, () => {
    function* fine(): Coroutine<number> {
      yield* sleep(1);
      return 1;
    }

    const bad: [title: string, operation: unknown, message: RegExp][] = [
      ['a promise', Promise.resolve(1), /index 1.*Promise.*until/],
      ['a generator function', fine, /index 1.*the function fine.*call it/],
      ['undefined', undefined, /index 1.*returned undefined/],
      ['a number', 7, /index 1.*7, which is no operation/],
      ['an array', [], /index 1.*no operation/],
    ];
    for (const [title, operation, message] of bad) {
      it(`refuses ${title}, starts nothing, and leaves the other operations unused`, async () => {
        const good = fine();
        const error = thrown(() => helper([good, operation as Operation<unknown>]));
        expect(error).to.be.instanceOf(TypeError);
        expect((error as Error).message).to.match(message);
        await run(() => good, { backend: 'virtual' }); // which throws if it had been taken
      });
    }

    it('V1: refuses a coroutine object that was given before, and one that stands in the list twice', async () => {
      const used = fine();
      await run(() => used, { backend: 'virtual' });
      const good = fine();
      expect(thrown(() => helper([good, used])))
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .match(/before/);
      expect(thrown(() => helper([good, good])))
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .match(/before/);
      await run(() => good, { backend: 'virtual' });
    });

    it('V1: refuses, when it is yielded, what has been taken since it was made', async () => {
      const labels: unknown[] = [];
      function* child(): Coroutine<void> {
        labels.push('ran');
        yield* checkpoint();
      }
      const [first, second] = [child(), child()];
      const effect = helper([first, second]);
      await run(() => second, { backend: 'virtual' });
      expect(await rejection(run(() => effect, { backend: 'virtual' }))).to.be.instanceOf(TypeError);
      await run(() => first, { backend: 'virtual' });
      expect(labels).to.deep.equal(['ran', 'ran']);
    });

    it('V1: is a value: of effects it can be yielded again', async () => {
      const effect = helper([sleep(1), sleep(1)]);
      const time = await run(
        function* () {
          const begin = currentTime();
          yield* effect;
          yield* effect;
          return currentTime() - begin;
        },
        { backend: 'virtual' },
      );
      expect(time).to.equal(2);
    });
  });
}

describe('helpers that take an array', () => {
  it('refuse anything else, and say what they want', () => {
    for (const helper of [all, allSettled, race, any] as ((list: never) => unknown)[]) {
      const error = thrown(() => helper((function* () {})() as never));
      expect(error)
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .match(/takes an array of operations/);
    }
    expect(thrown(() => asCompleted(sleep(1) as never, () => sleep(1))))
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .match(/iterable of operations/);
  });
});

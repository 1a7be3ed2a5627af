/**
 * Random trees of helpers, cancelled at a random moment: whatever is composed with whatever, nothing that was begun
 * is left running when a helper returns, every resource is released, and nobody hangs.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  isCancelled,
  moveOnAfter,
  type Operation,
  runningTasks,
  runSync,
  shield,
  sleep,
  taskGroup,
} from 'treadle';
import { all } from '../../lib/concurrency/all.js';
import { allSettled } from '../../lib/concurrency/all-settled.js';
import { any } from '../../lib/concurrency/any.js';
import { asCompleted } from '../../lib/concurrency/as-completed.js';
import { attempt } from '../../lib/concurrency/attempt.js';
import { deferring } from '../../lib/concurrency/defer.js';
import { gather } from '../../lib/concurrency/gather.js';
import { map } from '../../lib/concurrency/map.js';
import { race } from '../../lib/concurrency/race.js';
import { retry } from '../../lib/concurrency/retry.js';
import { supervise } from '../../lib/concurrency/supervise.js';
import { use } from '../../lib/concurrency/use.js';
import { stopRequested } from '../../lib/kernel/graceful-stop.js';

type Leaf = {
  kind: 'leaf';
  ms: number;
  cleanUp: number;
  ends: 'returns' | 'throws' | 'throws in clean-up' | 'listens';
};
type Tree = Leaf | { kind: string; below: Tree[] };

const SEVERAL = ['all', 'allSettled', 'race', 'any', 'gather', 'map', 'asCompleted', 'asCompleted early'];
const ONE = ['attempt', 'retry', 'isolate', 'restart', 'deferring', 'use'];

const leaf: fc.Arbitrary<Tree> = fc.record({
  kind: fc.constant('leaf' as const),
  ms: fc.integer({ min: 0, max: 6 }),
  cleanUp: fc.integer({ min: 0, max: 2 }),
  ends: fc.constantFrom(
    'returns' as const,
    'returns' as const,
    'throws' as const,
    'throws in clean-up' as const,
    'listens' as const,
  ),
});

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.record({
      kind: fc.constantFrom(...SEVERAL),
      below: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constantFrom(...ONE), below: fc.tuple(tie('tree')) }),
  ),
}));

/** What has begun and not ended. */
class Census {
  open = 0;
  overlooked: string[] = [];

  *leaf({ ms, cleanUp, ends }: Leaf): Coroutine<number> {
    this.open++;
    try {
      if (ends === 'listens') yield* stopRequested();
      else yield* sleep(ms);
      if (ends === 'throws') throw new Error('thrown');
      return ms;
    } catch (error) {
      if (ends === 'throws in clean-up' && isCancelled(error)) throw new Error('thrown in clean-up');
      throw error;
    } finally {
      yield* shield(() => sleep(cleanUp));
      this.open--;
    }
  }

  /** Whatever happens inside of a node, nothing of it is left when it ends. */
  *node(tree: Tree): Coroutine<unknown> {
    if ('ms' in tree) return yield* this.leaf(tree);
    const inside = new Census();
    try {
      return yield* build(tree, inside);
    } finally {
      this.overlooked.push(...inside.overlooked);
      if (inside.open > 0) this.overlooked.push(`${tree.kind} left ${inside.open} running`);
    }
  }
}

function build({ kind, below }: { kind: string; below: Tree[] }, census: Census): Operation<unknown> {
  const operations = () => below.map((tree) => census.node(tree));
  const first = () => census.node(below[0] as Tree);
  const silent = { maxRestarts: 2, delay: 1, onFailure: () => {} };
  switch (kind) {
    case 'all':
      return all(operations());
    case 'allSettled':
      return allSettled(operations());
    case 'race':
      return race(operations());
    case 'any':
      return any(operations());
    case 'gather':
      return gather(...operations());
    case 'map':
      return map(below, (tree) => census.node(tree), { limit: 2 });
    case 'asCompleted':
      return asCompleted(operations(), (completed) =>
        completed.forEach(function* () {
          yield* sleep(1);
        }),
      );
    case 'asCompleted early':
      return asCompleted(operations(), (completed) => completed.next());
    case 'attempt':
      return attempt(first());
    case 'retry':
      return retry(first, { attempts: 2, delay: 1 });
    case 'isolate':
    case 'restart':
      return supervise(
        function* (supervisor) {
          supervisor.startSoon(first);
        },
        { onError: kind, ...silent },
      );
    case 'deferring':
      return deferring(function* (defer) {
        census.open++;
        defer(function* () {
          yield* sleep(1);
          census.open--;
        });
        return yield* first();
      });
    default:
      return use(
        (function* () {
          yield* sleep(1);
          census.open++;
        })(),
        first,
        () => void census.open--,
      );
  }
}

describe('trees of helpers', () => {
  it('leave nothing behind, whenever they are cancelled or asked to stop', () => {
    fc.assert(
      fc.property(
        tree,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 3 }),
        (tree, at, graceMs) => {
          const census = new Census();
          const tasksLeft = runSync(
            function* () {
              try {
                yield* moveOnAfter(20, () =>
                  taskGroup(function* (tg) {
                    tg.startSoon(() => census.node(tree));
                    yield* sleep(at);
                    tg.cancelScope.requestStop({ graceMs });
                  }),
                );
              } catch (error) {
                if (isCancelled(error)) throw error; // none may come out: nothing around it is cancelled
              }
              return runningTasks().length;
            },
            { backend: 'virtual' },
          );
          expect(census.overlooked).to.deep.equal([]);
          expect(census.open).to.equal(0);
          expect(tasksLeft).to.equal(1);
        },
      ),
      { numRuns: 400 },
    );
  });
});

import { expect } from 'chai';
import { type Coroutine, runSync, sleep, taskGroup } from 'treadle';
import { waitAllTasksBlocked } from 'treadle/testing';
import { delegatesOf, isWatchingDelegation, watchDelegation } from '../../../lib/debug/inspect/delegation.js';
import type { Effect } from '../../../lib/kernel/effect.js';
import { runningTasks } from '../../../lib/tasks/current-task.js';
import type { TaskHandle } from '../../../lib/tasks/task-handle.js';

const names = new WeakMap<object, string>();

/** Gives a coroutine a name, so that chains can be told. */
function as<T>(name: string, coroutine: Coroutine<T>): Coroutine<T> {
  names.set(coroutine, name);
  return coroutine;
}

function* leaf(): Coroutine<void> {
  yield* sleep(1);
  yield* sleep(1);
}

function* middle(): Coroutine<void> {
  yield* as('leaf', leaf());
  yield* sleep(1);
}

/** Runs `program` as a task, and gives its chain of delegates whenever all is at rest, a millisecond apart. */
function chains(program: () => Coroutine<unknown>, times: number): string[] {
  const seen: string[] = [];
  runSync(function* () {
    yield* taskGroup(function* (tg) {
      tg.createTask(program(), { name: 'program' });
      for (let time = 0; time < times; time++) {
        yield* waitAllTasksBlocked();
        const task = runningTasks().find(({ name }) => name === 'program') as TaskHandle<unknown> | undefined;
        const chain = task === undefined ? [] : delegatesOf(task.generatorOf(task.frame));
        seen.push(chain.map((coroutine) => names.get(coroutine) ?? '?').join(' > '));
        yield* sleep(1);
      }
    });
  });
  return seen;
}

/** The functions of an error that is thrown below so many `yield*`, and the limit of stacks there. */
function thrownBelow(depth: number): [names: (string | undefined)[], limit: number] {
  let limit = 0;
  function* thrower(): Coroutine<void> {
    yield* sleep(1);
    limit = Error.stackTraceLimit;
    throw new Error('deep');
  }
  function* passing(left: number): Coroutine<void> {
    yield* left === 0 ? thrower() : passing(left - 1);
  }
  function* outermost(): Coroutine<void> {
    yield* passing(depth);
  }
  try {
    runSync(outermost);
    throw new Error('it was to throw');
  } catch (error) {
    const lines = ((error as Error).stack ?? '').split('\n');
    const names = lines.map((line) => / at (thrower|passing|outermost) /.exec(line)?.[1]);
    return [names.filter((name) => name !== undefined), limit];
  }
}

describe('watchDelegation', () => {
  it("leaves as many of the user's frames in stacks as there are without", () => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 10;
    try {
      const plain = thrownBelow(2);
      expect(plain).to.deep.equal([['thrower', 'passing', 'passing', 'passing', 'outermost'], 10]);
      {
        using _ = watchDelegation();
        expect(thrownBelow(2)).to.deep.equal([plain[0], 25]);
      }
      expect(Error.stackTraceLimit).to.equal(10);
      {
        using _ = watchDelegation();
        Error.stackTraceLimit = 7; // the program's own
      }
      expect(Error.stackTraceLimit).to.equal(7);
    } finally {
      Error.stackTraceLimit = before;
    }
  });

  it('tells who has delegated to whom, until the delegate has ended', () => {
    using _ = watchDelegation();
    const program = function* (): Coroutine<void> {
      yield* as('middle', middle());
      yield* sleep(1);
    };
    expect(chains(program, 5)).to.deep.equal(['middle > leaf', 'middle > leaf', 'middle', '', '']);
  });

  it('a delegate that throws, or that an error is thrown through, is one no more', () => {
    using _ = watchDelegation();
    const failing = function* (): Coroutine<void> {
      yield* sleep(1);
      throw new Error('failed');
    };
    const program = function* (): Coroutine<void> {
      try {
        yield* as('failing', failing());
      } catch {
        yield* sleep(1);
      }
    };
    expect(chains(program, 3)).to.deep.equal(['failing', '', '']);
  });

  it('a delegate that is left by return() is one no more', () => {
    using _ = watchDelegation();
    const outer = as('outer', middle());
    runSync(function* () {
      outer.next();
      expect(delegatesOf(outer).map((coroutine) => names.get(coroutine))).to.deep.equal(['leaf']);
      outer.return();
      expect(delegatesOf(outer)).to.deep.equal([]);
      yield* sleep(0);
    });
  });

  it('a generator that is merely iterated over is no delegate', () => {
    using _ = watchDelegation();
    const numbers = function* (): Generator<number, void, undefined> {
      yield 1;
      yield 2;
    };
    const effects = function* (): Generator<Effect<void>, void, undefined> {
      yield sleep(1);
      yield sleep(1);
    };
    const inner = function* (): Coroutine<void> {
      for (const _number of numbers()) yield* sleep(1);
      for (const effect of effects()) yield* effect;
    };
    const program = function* (): Coroutine<void> {
      yield* as('inner', inner());
    };
    expect(chains(program, 4)).to.deep.equal(['inner', 'inner', 'inner', 'inner']);
  });

  it('changes nothing of what generators do', () => {
    using _ = watchDelegation();
    const echo = function* (): Generator<unknown, string, unknown> {
      try {
        return String(yield yield 'first');
      } finally {
        yield 'cleaning up';
      }
    };
    const one = echo();
    expect([one.next(), one.next('a'), one.next('b'), one.next()]).to.deep.equal([
      { value: 'first', done: false },
      { value: 'a', done: false },
      { value: 'cleaning up', done: false },
      { value: 'b', done: true },
    ]);
    const other = echo();
    other.next();
    expect(other.return('early')).to.deep.equal({ value: 'cleaning up', done: false });
    expect(other.next()).to.deep.equal({ value: 'early', done: true });
    expect(() => echo().throw(new RangeError('thrown'))).to.throw(RangeError, 'thrown');
    expect([one.next.name, one.next.length, one.return.length]).to.deep.equal(['next', 1, 1]);
  });

  it('gives %GeneratorPrototype% its own methods back, when the last who watches has gone', () => {
    const prototype = Object.getPrototypeOf(Object.getPrototypeOf(leaf())) as object;
    const before = Object.getOwnPropertyDescriptors(prototype);
    const one = watchDelegation();
    const other = watchDelegation();
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    expect(isWatchingDelegation()).to.equal(true);
    expect(Object.getOwnPropertyDescriptors(prototype)).to.not.deep.equal(before);
    other[Symbol.dispose]();
    expect(isWatchingDelegation()).to.equal(false);
    expect(Object.getOwnPropertyDescriptors(prototype)).to.deep.equal(before);
  });
});

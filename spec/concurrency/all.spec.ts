/** `all` and `gather`: every result, in order; and how they fail. */
import { expect } from 'chai';
import {
  type Coroutine,
  ExceptionGroup,
  type Operation,
  runSync,
  shield,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { all } from '../../lib/concurrency/all.js';
import { gather } from '../../lib/concurrency/gather.js';
import { onEachBackend, rejection } from '../support/contract.js';
import { same } from '../support/types.js';

function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

function* failing(ms: number, error: unknown): Coroutine<never> {
  yield* sleep(ms);
  throw error;
}

/** Fails in its clean-up, after `ms`, when it is cancelled. */
function* failingLate(ms: number, error: unknown): Coroutine<never> {
  try {
    return yield* sleepForever();
  } catch {
    yield* shield(() => sleep(ms));
    throw error;
  }
}

onEachBackend('all', (run, { it }) => {
  it('gives the results in the order of the array, not of ending', function* () {
    expect(yield* all([after(4, 'slow'), after(1, 'fast'), after(2, 'middle')])).to.deep.equal([
      'slow',
      'fast',
      'middle',
    ]);
  });

  it('takes task handles and effects', function* () {
    const values = yield* taskGroup(function* (tg) {
      const handle = tg.startSoon(after<string>, 1, 'of a task');
      return yield* all([handle, sleep(1), handle]);
    });
    expect(values).to.deep.equal(['of a task', undefined, 'of a task']);
  });

  it('R4: ends at once on nothing, with nothing', function* () {
    expect(yield* all([])).to.deep.equal([]);
  });

  it('R4: throws the first error itself; the others have been cancelled and awaited', async () => {
    const labels: unknown[] = [];
    const boom = new Error('boom');
    function* other(): Coroutine<void> {
      try {
        yield* sleepForever();
      } finally {
        yield* shield(() => sleep(1));
        labels.push('the other has ended');
      }
    }
    const error = await rejection(
      run(function* () {
        try {
          yield* all([other(), failing(1, boom)]);
        } finally {
          labels.push('all has returned');
        }
      }),
    );
    expect(error).to.equal(boom);
    expect(labels).to.deep.equal(['the other has ended', 'all has returned']);
  });

  it('R4: throws the first of several; its group, not enumerable, has them all', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const error = await rejection(run(() => all([failingLate(1, second), failing(1, first)])));
    expect(error).to.equal(first);
    const { group } = error as { group?: ExceptionGroup };
    expect(group).to.be.instanceOf(ExceptionGroup);
    expect(group?.errors).to.deep.equal([first, second]);
    expect(Object.keys(first)).to.deep.equal([]);
  });

  it('R4: one within another loses no error: the group of the inner one is in that of the outer one', async () => {
    const [first, second, third] = [new Error('first'), new Error('second'), new Error('third')];
    const inner = () => all([failing(1, first), failingLate(1, second)]);
    const groupOf = async (operations: Operation<unknown>[]): Promise<ExceptionGroup> => {
      const error = await rejection(run(() => all(operations)));
      expect(error).to.equal(first);
      return (error as { group?: unknown }).group as ExceptionGroup;
    };
    expect((await groupOf([inner()])).errors).to.deep.equal([first, second]);
    const [group, last] = (await groupOf([inner(), failingLate(3, third)])).errors;
    expect((group as ExceptionGroup).errors).to.deep.equal([first, second]);
    expect(last).to.equal(third);
    // Thrown once more, later: what hung on it then is forgotten.
    expect((await groupOf([failing(1, first), failingLate(1, third)])).errors).to.deep.equal([first, third]);
  });

  it("R4: leaves a property `group` of the user's own alone", async () => {
    const refused = Object.assign(new Error('refused'), { group: 'admins' });
    await rejection(run(() => all([failing(1, refused), failingLate(1, new Error('second'))])));
    expect(refused.group).to.equal('admins');
  });

  it('R4: throws a primitive and a frozen error as they are, too', async () => {
    const frozen = Object.freeze(new Error('frozen'));
    expect(await rejection(run(() => all([failing(1, 'a string')])))).to.equal('a string');
    expect(await rejection(run(() => all([failing(1, frozen)])))).to.equal(frozen);
  });

  it("R4: throws a group that an operation threw as that operation's error", async () => {
    const inner = new ExceptionGroup([new Error('a'), new Error('b')]);
    expect(await rejection(run(() => all([failing(1, inner)])))).to.equal(inner);
  });
});

onEachBackend('gather', (run) => {
  it('gives the results in the order of the arguments', async () => {
    expect(await run(() => gather(after(3, 1), after(1, 2)))).to.deep.equal([1, 2]);
    expect(await run(() => gather())).to.deep.equal([]);
  });

  it('R4: throws a group, for one error too, in the order in which they arose', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const one = await rejection(run(() => gather(failing(1, first), sleepForever())));
    expect(one).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([first]);
    const two = await rejection(run(() => gather(failingLate(1, second), failing(1, first))));
    expect(two).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([first, second]);
  });
});

describe('types: all and gather', () => {
  it('know the type of each result', () => {
    const values = runSync(
      function* () {
        const both = yield* all([after(1, 'text'), after(1, 2)]);
        same<typeof both, [string, number]>();
        const list = yield* all([1, 2].map((n) => after(1, n)));
        same<typeof list, number[]>();
        const gathered = yield* gather(after(1, true), sleep(1));
        same<typeof gathered, [boolean, void]>();
        return [both, list, gathered];
      },
      { backend: 'virtual' },
    );
    expect(values).to.deep.equal([
      ['text', 2],
      [1, 2],
      [true, undefined],
    ]);
  });
});

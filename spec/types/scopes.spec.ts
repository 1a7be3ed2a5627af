/** Types of cancel scopes and timeouts: what may be cut short is possibly undefined, what fails instead is not. */
import { expect } from 'chai';
import {
  all,
  Cancelled,
  CancelScope,
  type Coroutine,
  cancelScope,
  type currentEffectiveDeadline,
  type Deadline,
  type Effect,
  failAfter,
  failAt,
  isCancelled,
  moveOnAfter,
  moveOnAt,
  race,
  runSync,
  shield,
  sleep,
} from 'treadle';
import { never, same } from '../support/types.js';

function* number(): Coroutine<number> {
  yield* sleep(1);
  return 1;
}

describe('types: scopes', () => {
  it('a scope that can be cancelled gives its value or undefined', () => {
    const run = new CancelScope({ deadline: Infinity, timeout: 5, shield: false }).run((scope) => {
      same<typeof scope, CancelScope>();
      return number();
    });
    same<typeof run, Effect<number | undefined>>();
    const helper = cancelScope(number, { shield: true });
    same<typeof helper, Effect<number | undefined>>();
    const value = runSync(function* () {
      return [yield* run, yield* helper];
    });
    same<typeof value, (number | undefined)[]>();
    expect(value).to.deep.equal([1, 1]);
  });

  it('deadline and shield can be written, the rest only read', () => {
    const scope = new CancelScope();
    scope.deadline = 5;
    scope.shield = true;
    same<typeof scope.cancelCalled, boolean>();
    same<typeof scope.cancelledCaught, boolean>();
    same<typeof scope.reason, unknown>();
    same<typeof scope.signal, AbortSignal>();
    never(
      () => {
        // @ts-expect-error read-only
        scope.cancelCalled = true;
      },
      () => {
        // @ts-expect-error a number of milliseconds
        scope.deadline = new Date();
      },
      // @ts-expect-error no such option
      () => new CancelScope({ name: 'x' }),
    );
    expect([scope.deadline, scope.shield]).to.deep.equal([5, true]);
  });

  it('moveOn gives undefined, or what otherwise says, literal and all', () => {
    const plain = moveOnAfter(5, number);
    same<typeof plain, Effect<number | undefined>>();
    const otherwise = moveOnAfter(5, number, { otherwise: 'late' });
    same<typeof otherwise, Effect<number | 'late'>>();
    const at = moveOnAt(5, number, { shield: true });
    same<typeof at, Effect<number | undefined>>();
    const atOtherwise = moveOnAt(null, number, { otherwise: null });
    same<typeof atOtherwise, Effect<number | null>>();
    never(
      // @ts-expect-error a time is wanted
      () => moveOnAfter('5', number),
      // @ts-expect-error a function is wanted, for a coroutine can run only once
      () => moveOnAfter(5, number()),
    );
    expect(runSync(() => otherwise)).to.equal(1);
  });

  it('moveOn as one operation of several keeps its type: theirs, unknown, says nothing of what is given otherwise', () => {
    const first = race([number(), moveOnAfter(5, number)]);
    same<typeof first, Effect<number | undefined>>();
    const both = all([moveOnAt(5, number), moveOnAfter(5, number, { otherwise: 'late' })]);
    same<typeof both, Effect<[number | undefined, number | 'late']>>();
    const passedOn = <F>(otherwise: F): Effect<number | F> => moveOnAfter(5, number, { otherwise });
    const given = passedOn(null);
    same<typeof given, Effect<number | null>>();
    expect(runSync(() => first)).to.equal(1);
    expect(runSync(() => both)).to.deep.equal([1, 1]);
  });

  it('fail and shield always give their value, and their body cannot cancel', () => {
    const after = failAfter(5, (deadline) => {
      same<typeof deadline, Deadline>();
      never(
        // @ts-expect-error it would leave nothing to give back
        () => deadline.cancel(),
      );
      deadline.deadline += 1;
      return number();
    });
    same<typeof after, Effect<number>>();
    const at = failAt(null, number, { reason: 'the server' });
    same<typeof at, Effect<number>>();
    const shielded = shield((scope) => {
      same<typeof scope, Deadline>();
      return number();
    });
    same<typeof shielded, Effect<number>>();
    never(
      // @ts-expect-error fails have no otherwise
      () => failAfter(5, number, { otherwise: 0 }),
      // @ts-expect-error a reason is a text
      () => failAt(5, number, { reason: 5 }),
    );
    same<keyof Deadline, 'deadline' | 'shield' | 'cancelCalled' | 'cancelledCaught' | 'signal'>();
    expect(
      runSync(function* () {
        return [yield* after, yield* at, yield* shielded];
      }),
    ).to.deep.equal([1, 1, 1]);
  });

  it('isCancelled narrows; a Cancelled is not made by hand', () => {
    const error: unknown = new Error();
    if (isCancelled(error)) {
      same<typeof error, Cancelled>();
      same<typeof error.reason, unknown>();
    }
    never(
      // @ts-expect-error only a cancel makes one
      () => new Cancelled(),
    );
    same<ReturnType<typeof currentEffectiveDeadline>, number>();
    expect(isCancelled(error)).to.equal(false);
  });
});

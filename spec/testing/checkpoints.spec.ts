import { expect } from 'chai';
import {
  call,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  moveOnAfter,
  type Operation,
  shield,
  sleep,
  taskGroup,
  until,
} from 'treadle';
import { assertCheckpoints, assertNoCheckpoints } from 'treadle/testing';
import { onEachBackend, rejection, thrown } from '../support/contract.js';

function* nothing() {
  return 'nothing';
}

/** What each is: whether it delivers cancellation and lets others run. */
const OPERATIONS: readonly [
  name: string,
  make: () => Operation<unknown>,
  kind: 'both' | 'neither' | 'half',
][] = [
  ['checkpoint()', checkpoint, 'both'],
  ['sleep(0)', () => sleep(0), 'both'],
  ['sleep(1)', () => sleep(1), 'both'],
  ['until(a settled promise)', () => until(Promise.resolve()), 'both'],
  ['call of a checkpoint', () => call(checkpoint), 'both'],
  [
    'a coroutine with one checkpoint',
    function* () {
      yield* nothing();
      yield* checkpoint();
    },
    'both',
  ],
  ['a group whose body has one', () => taskGroup(checkpoint), 'both'],
  ['moveOnAfter with one', () => moveOnAfter(100, checkpoint), 'both'],
  ['nothing', nothing, 'neither'],
  ['call of nothing', () => call(nothing), 'neither'],
  ['a scope around nothing', () => moveOnAfter(100, nothing), 'neither'],
  ['cancelShieldedCheckpoint()', cancelShieldedCheckpoint, 'half'],
  ['checkpointIfCancelled()', checkpointIfCancelled, 'half'],
  ['an empty group', () => taskGroup(nothing), 'half'],
  ['a shielded checkpoint', () => shield(checkpoint), 'half'],
];

onEachBackend('assertCheckpoints and assertNoCheckpoints', (run, { it }) => {
  for (const [name, make, kind] of OPERATIONS) {
    it(`${name}: ${kind === 'both' ? 'is' : 'is not'} a checkpoint`, async () => {
      const promise = run(() => assertCheckpoints(make));
      if (kind === 'both') await promise;
      else expect(String(await rejection(promise))).to.match(/no checkpoint/);
    });

    it(`${name}: is ${kind === 'neither' ? 'free of' : 'not free of'} checkpoints`, async () => {
      const promise = run(() => assertNoCheckpoints(make));
      if (kind === 'neither') await promise;
      else expect(String(await rejection(promise))).to.match(/a checkpoint/);
    });
  }

  it('give the value, and throw the error as it is', async () => {
    const lost = new RangeError('lost');
    function* fails() {
      yield* checkpoint();
      throw lost;
    }
    const values = await run(function* () {
      return [
        yield* assertCheckpoints(function* () {
          yield* checkpoint();
          return 1;
        }),
        yield* assertNoCheckpoints(nothing),
      ];
    });
    expect(values).to.deep.equal([1, 'nothing']);
    expect(await rejection(run(() => assertCheckpoints(fails)))).to.equal(lost);
    expect(
      await rejection(
        run(() =>
          assertNoCheckpoints(function* () {
            throw lost;
          }),
        ),
      ),
    ).to.equal(lost);
  });

  it('fail with an error that leads to the line that asked', async () => {
    function* asksForOne() {
      yield* checkpoint(); // from here on the loop alone is below
      yield* assertCheckpoints(nothing);
    }
    function* asksForNone() {
      yield* checkpoint();
      yield* assertNoCheckpoints(() => checkpoint());
    }
    for (const [asking, message] of [
      [asksForOne, 'Error: no checkpoint'],
      [asksForNone, 'Error: a checkpoint'],
    ] as const) {
      const { stack } = (await rejection(run(asking))) as Error;
      expect(stack).to.match(new RegExp(`^${message}[^]* at ${asking.name} .*checkpoints\\.spec\\.ts`));
    }
  });

  it('let a cancellation from outside pass', function* () {
    const given = yield* moveOnAfter(2, () => assertCheckpoints(() => sleep(100)), { otherwise: 'cut' });
    expect(given).to.equal('cut');
  });

  it('take a function', () => {
    // @ts-expect-error an operation is no function
    expect(thrown(() => assertCheckpoints(checkpoint()))).to.be.instanceOf(TypeError);
  });
});

/** `replay(main, recording)` of a program that begins runs itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Coroutine, checkpoint, run, runSync, sleep, until } from 'treadle';
import { ReplayDivergence, record, replay, replayRuns } from 'treadle/debug';
import { HUNTING_TIME, hunt } from '../../support/programs.js';
import { failing, recorded } from '../../support/recorded.js';

/** What the runs of one execution share. */
interface Bank {
  balance: number;
}

let bank: Bank;

function* take(from: Bank, sum: number): Coroutine<number> {
  for (let left = sum; left > 0; left--) {
    yield* until(delay(1));
    from.balance--;
  }
  return from.balance;
}

function* main(): Coroutine<string> {
  const own = { balance: 10 };
  bank = own;
  const background = run(() => take(own, 4), { name: 'background' });
  yield* sleep(1);
  const left = yield* until(run(() => take(own, 2)));
  const random = runSync(function* () {
    yield* checkpoint();
    return Math.random();
  });
  yield* until(background);
  return `${left} ${own.balance} ${random}`;
}

describe('a replay of a run', () => {
  it('has the runs that begin in its steps go along, at once', async () => {
    const [text, ended] = await recorded(main);
    const stepper = replay(main, text);
    stepper.continue();
    expect([stepper.result, bank]).to.deep.equal([ended, { balance: 4 }]);
  });

  it('takes those to their ends that outlive it, or to where the recording ends', async () => {
    const leaves = function* (): Coroutine<void> {
      const own = { balance: 10 };
      bank = own;
      void run(() => take(own, 3));
      void run(() => sleep(100_000), { name: 'for long', backend: 'virtual' });
      yield* checkpoint();
    };
    using recorder = record();
    await run(leaves);
    const early = [recorder.text, bank.balance] as const;
    while (bank.balance > 7) await delay(1);
    for (const [text, balance] of [early, [recorder.text, 7]] as const) {
      const stepper = replay(leaves, text);
      stepper.continue();
      expect([stepper.isDone, bank.balance]).to.deep.equal([true, balance]);
    }
  });

  it('says so when one of them goes another way', async () => {
    const [text] = await recorded(main);
    const changed = function* main(): Coroutine<number> {
      const own = { balance: 10 };
      void run(() => take(own, 4), { name: 'background' });
      yield* sleep(1);
      return yield* until(run(() => take(own, 1)));
    };
    const error = await failing(() => replay(changed, text).continue());
    expect(error).to.be.instanceOf(ReplayDivergence);
    expect(error.message).to.match(/^step \d of the run is not what was recorded:\n.* until.*\n.* returned/);
  });
});

type Action =
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'note' }
  | {
      readonly do: 'run';
      readonly awaited: boolean;
      readonly virtual: boolean;
      readonly body: readonly Action[];
    };

const { actions } = fc.letrec<{ actions: readonly Action[]; action: Action }>((tie) => ({
  actions: fc.array(tie('action'), { maxLength: 4 }),
  action: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'action' },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('run' as const),
        awaited: fc.boolean(),
        virtual: fc.boolean(),
        body: tie('actions'),
      }),
    },
  ),
}));

describe('a replay of runs within runs', function () {
  this.timeout(HUNTING_TIME);

  it('has all of them do the same, in the same order, forwards and back', async () => {
    let log: string[] = [];
    const runs: Promise<unknown>[] = [];
    function* body(own: string[], name: string, list: readonly Action[]): Coroutine<void> {
      for (const [index, action] of list.entries()) {
        own.push(`${name}${index} sees ${own.length}`);
        if (action.do === 'sleep') yield* sleep(action.ms);
        else if (action.do === 'wait') yield* until(delay(action.ms));
        else if (action.do === 'run') {
          const options = action.virtual ? ({ backend: 'virtual' } as const) : {};
          const begun = run(() => body(own, `${name}${index}.`, action.body), options);
          runs.push(begun);
          if (action.awaited) yield* until(begun);
        }
      }
    }
    await fc.assert(
      fc.asyncProperty(actions, fc.array(fc.nat(100), { maxLength: 4 }), async (list, places) => {
        const program = function* (): Coroutine<void> {
          const own: string[] = [];
          log = own;
          yield* body(own, '', list);
        };
        const all = async (): Promise<readonly string[]> => {
          runs.length = 0; // those of a replay that were undone never end
          await run(program);
          while (runs.length > 0) await Promise.all(runs.splice(0));
          return log;
        };
        const recorder = record();
        const first = await all();
        recorder[Symbol.dispose]();
        using replayer = replayRuns(recorder.text);
        expect(await all()).to.deep.equal(first);
        replayer[Symbol.dispose]();
        const stepper = replay(program, recorder.text);
        const seen = [[] as string[]];
        while (stepper.step() !== undefined) seen.push([...log]);
        expect(log).to.deep.equal(first);
        for (const place of places) {
          const index = place % seen.length;
          stepper.goTo(index);
          if (index > 0 && index < seen.length - 1) expect(log).to.deep.equal(seen[index]);
        }
        stepper.continue();
        expect(log).to.deep.equal(first);
      }),
      hunt(60),
    );
  });
});

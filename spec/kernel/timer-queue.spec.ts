/** The queue of deadlines against a sorted list: armed, disarmed and taken out in any order. */
import { expect } from 'chai';
import fc from 'fast-check';
import { NOT_ARMED, type Timed, TimerQueue } from '../../lib/kernel/timer-queue.js';
import { hunt } from '../support/programs.js';

interface Entry extends Timed {
  readonly id: number;
}

function entry(id: number): Entry {
  return { id, timerIndex: NOT_ARMED, fire() {} };
}

type Act =
  | { readonly do: 'arm'; readonly deadline: number }
  | { readonly do: 'disarm'; readonly which: number }
  | { readonly do: 'advance'; readonly by: number };

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    // Few values, so that many are equal; negative ones, for deadlines may lie in the past.
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('arm' as const), deadline: fc.integer({ min: -3, max: 25 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('disarm' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.nat(8) }) },
  ),
  { maxLength: 250, size: 'max' },
);

describe('timer queue', () => {
  it('L6: gives what is due by deadline, then in order of arming, whatever was disarmed between', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const queue = new TimerQueue();
        const model: { deadline: number; entry: Entry }[] = [];
        const everyone: Entry[] = [];
        let now = 0;
        for (const act of list) {
          if (act.do === 'arm') {
            const armed = entry(everyone.length);
            everyone.push(armed);
            queue.arm(armed, now + act.deadline);
            const after = model.findIndex(({ deadline }) => deadline > now + act.deadline);
            model.splice(after < 0 ? model.length : after, 0, { deadline: now + act.deadline, entry: armed });
          } else if (act.do === 'disarm') {
            const chosen = everyone[act.which % Math.max(everyone.length, 1)];
            if (chosen === undefined) continue;
            queue.disarm(chosen);
            const at = model.findIndex((item) => item.entry === chosen);
            if (at >= 0) model.splice(at, 1);
            expect(chosen.timerIndex).to.equal(NOT_ARMED);
          } else {
            now += act.by;
            for (;;) {
              const due =
                model[0] !== undefined && model[0].deadline <= now ? model.shift()?.entry : undefined;
              expect(queue.takeDue(now)).to.equal(due);
              if (due === undefined) break;
            }
          }
          expect([queue.length, queue.deadline]).to.deep.equal([
            model.length,
            model[0]?.deadline ?? Infinity,
          ]);
        }
        for (const item of model) expect(queue.deadlineOf(item.entry)).to.equal(item.deadline);
        for (const { entry: expected } of model) expect(queue.takeDue(Infinity)).to.equal(expected);
        expect(queue.takeDue(Infinity)).to.equal(undefined);
      }),
      hunt(150),
    );
  });
});

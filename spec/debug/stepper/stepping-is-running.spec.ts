/**
 * What a stepper is held to: stepping random programs from start to end is running them, and going back and forward
 * again comes by the same states.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Coroutine, RunOptions } from 'treadle';
import { createStepper, type Step, type Stepper } from 'treadle/debug';
import { HUNTING_TIME, hunt, programs } from '../../support/programs.js';
import {
  assertSound,
  type Mode,
  mainOf,
  type Report,
  runProgramBy,
  runProgramSync,
} from '../../support/run-program.js';

/** Programs that deadlock are kept going for long by the janitor: what happens first is what matters. */
const STEPS = 80;

function story({ log, trace, ending }: Report): unknown {
  return { log, trace, ending: ending.kind };
}

function stepThrough(main: () => Coroutine<string>, options: RunOptions): string {
  const stepper = createStepper(main, { ...options, backend: 'virtual' });
  while (stepper.step() !== undefined);
  return stepper.result;
}

/** Takes a step: of one of the ready tasks, where there is a choice, the same at the same step each time. */
function takeSome(stepper: Stepper<unknown>, turns: readonly number[]): boolean {
  const { ready, history } = stepper;
  const task = ready[(turns[history.length % turns.length] as number) % Math.max(ready.length, 1)];
  if (task !== undefined) {
    try {
      return stepper.stepTask(task) !== undefined;
    } catch {
      // another task is in the middle of its turn
    }
  }
  return stepper.step() !== undefined;
}

/** What a stepper shows, but for the objects of the program. */
function view(stepper: Stepper<unknown>): unknown {
  const { last, ready, isDone, time, history } = stepper;
  return { last: last && tell(last), ready, isDone, time, steps: history.length };
}

function tell({ index, task, resumed, kind, effect, function: name, depth, time, ...rest }: Step): unknown {
  const { spawned, cancelled, ended } = rest;
  return { index, task, resumed: resumed.kind, kind, effect, name, depth, time, spawned, cancelled, ended };
}

describe('a stepper, on random programs', function () {
  this.timeout(HUNTING_TIME);

  for (const mode of ['looked-after', 'alone'] as const satisfies readonly Mode[]) {
    it(`gives the same result, log and events as running them (${mode})`, () => {
      fc.assert(
        fc.property(programs({ aborts: mode === 'looked-after' }), (program) => {
          const stepped = runProgramBy(stepThrough, program, mode);
          assertSound(stepped);
          expect(story(stepped)).to.deep.equal(story(runProgramSync(program, mode)));
        }),
        hunt(80),
      );
    });
  }

  it('goes back and forward through the same states, whoever was chosen to run', () => {
    const walk = fc.array(fc.oneof(fc.integer({ min: -6, max: 4 }), fc.integer({ min: -40, max: 40 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        programs({ aborts: false }),
        fc.array(fc.nat(9), { minLength: 1 }),
        walk,
        (program, turns, moves) => {
          const stepper = createStepper(mainOf(program, 'alone'));
          const views = [view(stepper)];
          while (views.length <= STEPS && takeSome(stepper, turns)) views.push(view(stepper));
          for (const move of moves) {
            const index = Math.min(Math.max(stepper.history.length + move, 0), views.length - 1);
            if (move < 0) stepper.back(stepper.history.length - index);
            else stepper.goTo(index);
            expect(view(stepper)).to.deep.equal(views[index]);
          }
          const { length } = stepper.history;
          for (let index = length + 1; index < views.length && takeSome(stepper, turns); index++) {
            expect(view(stepper)).to.deep.equal(views[index]);
          }
        },
      ),
      hunt(50),
    );
  });

  it('gives the same events as running them, also in one motion', () => {
    fc.assert(
      fc.property(programs({ aborts: true }), (program) => {
        const stepped = runProgramBy(
          (main, options) => {
            const stepper = createStepper(main, { ...options, backend: 'virtual' });
            stepper.continue();
            return stepper.result;
          },
          program,
          'looked-after',
        );
        expect(story(stepped)).to.deep.equal(story(runProgramSync(program, 'looked-after')));
      }),
      hunt(400),
    );
  });
});

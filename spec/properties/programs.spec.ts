/**
 * Random programs against the rules. What is checked, and how, is told in spec/support/model.ts; how a program
 * looks, in spec/support/programs.ts. To hunt for more than a commit's worth, see `hunt` there.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { withErraticHost } from '../support/host-clock.js';
import { HUNTING_TIME, hunt, programs } from '../support/programs.js';
import { assertSound, type Report, runProgram, runProgramSync } from '../support/run-program.js';

/** Programs that deadlock are kept going for long by the janitor: what happens first is what matters. */
const STEPS = 60;

function story({ log, trace, ending }: Report): unknown {
  return { log, trace, ending: ending.kind };
}

describe('random programs', function () {
  this.timeout(HUNTING_TIME);

  it('keep the contract: scopes, groups, handles, errors and clean-up', () => {
    fc.assert(
      fc.property(programs({ aborts: true }), (program) => {
        assertSound(runProgramSync(program, 'looked-after'));
      }),
      hunt(1000),
    );
  });

  it('keep the contract when they are cancelled from outside, at whichever step', () => {
    fc.assert(
      fc.property(programs({ aborts: false }), (program) => {
        const { steps } = runProgramSync(program, 'looked-after');
        for (let step = 1; step <= Math.min(steps, STEPS); step++) {
          assertSound(runProgramSync(program, 'looked-after', step));
        }
      }),
      hunt(40),
    );
  });

  it('L5: that may deadlock fail only when nothing can go on, and clean up first', () => {
    fc.assert(
      fc.property(programs({ aborts: false }), (program) => {
        assertSound(runProgramSync(program, 'alone'));
      }),
      hunt(500),
    );
  });

  it('L2: give the same trace every time', () => {
    fc.assert(
      fc.property(programs({ aborts: true }), (program) => {
        const first = runProgramSync(program, 'looked-after');
        const second = runProgramSync(program, 'looked-after');
        expect(story(second)).to.deep.equal(story(first));
      }),
      hunt(200),
    );
  });

  it('L2: give the same trace however fast or slow the host is', () => {
    fc.assert(
      fc.property(programs({ aborts: true }), fc.nat(), (program, seed) => {
        const even = withErraticHost(0, () => runProgramSync(program, 'looked-after'));
        const uneven = withErraticHost(seed, () => runProgramSync(program, 'looked-after'));
        expect(story(uneven)).to.deep.equal(story(even));
      }),
      hunt(200),
    );
  });

  it('L2: give the same trace in run and in runSync', async () => {
    await fc.assert(
      fc.asyncProperty(programs({ aborts: true }), async (program) => {
        const report = await runProgram(program, 'looked-after');
        assertSound(report);
        expect(story(report)).to.deep.equal(story(runProgramSync(program, 'looked-after')));
      }),
      hunt(200),
    );
  });
});

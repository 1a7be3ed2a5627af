/**
 * Every primitive and helper, recorded and replayed: it does what it does unrecorded, and does it again without the
 * host. The programs are those of spec/support/everywhere/, which leave no exported function out.
 */
import { expect } from 'chai';
import { type BackendName, type Instrument, run } from 'treadle';
import {
  ForeignWaitError,
  type Recording,
  readRecording,
  record,
  replay,
  replayRuns,
  type Step,
  type Stepper,
} from 'treadle/debug';
import { TrialRecord } from '../../../lib/testing/trial.js';
import type { Program } from '../../support/everywhere/program.js';
import { SUITES } from '../../support/everywhere/suites.js';

/** What happened in a run: the steps of its tasks in short, how it ended, and what was left in disorder. */
interface Story {
  readonly steps: readonly string[];
  readonly ending: string;
  readonly problems: readonly string[];
}

function listener(steps: string[]): Instrument {
  return {
    suspend: (task, effect) => steps.push(`${task.name} yields ${generic(String(effect))}`),
    exit: (task) => steps.push(`${task.name} ends`),
  };
}

/** What is waited for is a stand-in at replay, and no promise. */
function generic(effect: string): string {
  return effect.replace(/^until\(.*/, 'until');
}

async function storyOf(program: Program, backend: BackendName): Promise<Story> {
  const steps: string[] = [];
  const trial = new TrialRecord();
  const ending = await run(() => program(trial), { backend, instruments: [listener(steps)] }).then(
    tell,
    tell,
  );
  return { steps, ending, problems: trial.problems() };
}

function tell(ending: unknown): string {
  return ending instanceof Error
    ? `${ending.name}: ${ending.message}`
    : (JSON.stringify(ending) ?? 'undefined');
}

async function recordedStory(program: Program, backend: BackendName): Promise<[story: Story, text: string]> {
  using recorder = record();
  const story = await storyOf(program, backend);
  return [story, recorder.text];
}

function stepsOf({ runs }: Recording): unknown {
  return runs[0]?.steps.map(({ task, kind, fn, words }) => [
    task,
    kind,
    fn.name,
    kind === 'yielded' ? generic(words ?? '') : undefined,
  ]);
}

function taken(steps: readonly Step[]): unknown {
  return steps.map(({ task, kind, effect, function: name }) => [
    task.id,
    kind,
    name,
    kind === 'yielded' ? generic(effect ?? '') : undefined,
  ]);
}

function endingOf(stepper: Stepper<unknown>): string {
  try {
    return tell(stepper.result);
  } catch (error) {
    return tell(error);
  }
}

/** Moves, and lets the host go on where promise code of the program has to come first. */
async function moved(move: () => unknown): Promise<void> {
  for (;;) {
    try {
      move();
      return;
    } catch (error) {
      if (!(error instanceof ForeignWaitError)) throw error;
      await new Promise(setImmediate);
    }
  }
}

/** When promises of the host settle is another story each time, also on the virtual clock. */
const OF_THE_HOST = ['streams of the host', 'the rest of JavaScript'];

for (const [suite, cases] of Object.entries(SUITES)) {
  for (const backend of ['virtual', 'node'] as const) {
    describe(`recorded and replayed (${backend}): ${suite}`, () => {
      for (const { name, program } of cases) {
        it(name, async () => {
          const [recorded, text] = await recordedStory(program, backend);
          // The programs are made for the virtual clock: by a real one their tasks may meet otherwise each time.
          if (backend === 'virtual') {
            const plain = await storyOf(program, backend);
            expect({ ...recorded, steps: [] }).to.deep.equal({ ...plain, steps: [] });
            expect(recorded.problems).to.deep.equal([]);
            if (!OF_THE_HOST.includes(suite)) expect(recorded.steps).to.deep.equal(plain.steps);
          }

          using _ = replayRuns(text);
          const replayed = await storyOf(program, backend);
          expect(replayed.ending).to.equal(recorded.ending);
          expect(replayed.steps).to.deep.equal(recorded.steps);
        });

        it(`${name}, step by step`, async () => {
          const [recorded, text] = await recordedStory(program, backend);
          const stepper = replay(() => program(new TrialRecord()), text);
          await moved(() => stepper.continue());
          expect(endingOf(stepper)).to.equal(recorded.ending);
          const all = taken(stepper.history);
          expect(all).to.deep.equal(stepsOf(readRecording(text)));
          const { length } = stepper.history;
          await moved(() => stepper.goTo(Math.ceil(length / 2)));
          await moved(() => stepper.goTo(1));
          await moved(() => stepper.continue());
          expect(taken(stepper.history)).to.deep.equal(all);
        });
      }
    });
  }
}

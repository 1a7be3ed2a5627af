/** One execution of a replay: each step is compared with the one that was recorded. */
import type { Happenings } from '../stepper/happenings.js';
import type { Motion } from '../stepper/motions.js';
import type { Sight } from '../stepper/sight.js';
import type { Step } from '../stepper/step.js';
import { SteppedRun } from '../stepper/stepped-run.js';
import type { TakenStep } from '../stepper/taken-step.js';
import type { RecordedStep } from './recording.js';
import type { ReplayLoop } from './replay-loop.js';

export class ReplayRun extends SteppedRun {
  declare readonly loop: ReplayLoop;
  /** Where the replay went another way: it goes no farther. */
  private divergence: Error | null = null;

  constructor(loop: ReplayLoop, happenings: Happenings, sight: Sight) {
    super(loop, happenings, sight);
    loop.onFailure = (error) => {
      this.divergence = error;
      this.failure = { error };
    };
  }

  /** @throws Error if the motion wants another task to run than the recording. */
  override begin(motion: Motion): void {
    const { loop } = this;
    const { chosen } = motion;
    if (chosen !== undefined && chosen !== loop.steppable[0]) {
      throw new Error(
        `a replay takes the steps that were recorded: next is task ${loop.steppable[0]?.name}, ` +
          `and ${chosen.name} (#${chosen.id}) comes when it came then`,
      );
    }
    super.begin({
      ...motion,
      stops: (progress) => {
        this.compare(progress.step as TakenStep);
        return motion.stops(progress);
      },
    });
    if (this.divergence !== null && !loop.isLeft) {
      this.failure = { error: this.divergence };
      loop.halt();
    }
  }

  private compare(step: TakenStep): void {
    const { script } = this.loop;
    const { present: recorded } = script;
    if (recorded === undefined || this.loop.isLeft || isSame(recorded, step)) return;
    step.keep();
    this.loop.hasFailed = true;
    this.divergence = this.loop.teller.otherStep(recorded, step);
    throw this.divergence;
  }
}

function isSame({ task, kind, fn, words }: RecordedStep, step: Step): boolean {
  return (
    task === step.task.id &&
    kind === step.kind &&
    fn.name === step.function &&
    (kind !== 'yielded' || generic(words) === generic(step.effect))
  );
}

/** What is waited for may be a stand-in, which is no promise to look at. */
function generic(words: string | undefined): string | undefined {
  return words?.startsWith('until(') === true ? 'until' : words;
}

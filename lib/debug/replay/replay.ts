/**
 * Replays what `record` has recorded: the program is executed anew, and all that came in from outside comes from the
 * recording. Nothing is fetched, no clock is waited for, and it takes the very steps that it took.
 *
 * - `replay(main, recording)` puts one run under a stepper that can go back.
 * - `replayRuns(recording)` is in the way of all runs that a program begins: see `run-replayer.ts`.
 *
 * What is executed anew is the program's own code, with what it does there and then: it prints again, and reads
 * `process.env` again. What it would begin outside is not begun: the functions of the host that begin something do
 * nothing (see `insulate.ts`).
 */
import type { Backend } from '../../kernel/backend.js';
import type { Operation } from '../../kernel/effect.js';
import { observedBy } from '../../kernel/run-observer.js';
import { checkRun, type RunOptions } from '../../run.js';
import { RunPromise } from '../../tasks/run-promise.js';
import { ForeignWaitError } from '../inspect/foreign-wait.js';
import type { Stepper } from '../stepper/stepper-contract.js';
import type { VirtualStepper } from '../stepper/virtual-stepper.js';
import { ReplayDivergence } from './divergence.js';
import { RecordingError } from './read-recording.js';
import type { Recording } from './recording.js';
import { stepperOf } from './replay-stepper.js';
import { RunReplayer } from './run-replayer.js';

export interface ReplayOptions extends Omit<RunOptions, 'backend'> {
  /** Which of the recorded runs, from 1; default: the first whose main function has that name, else the first. */
  readonly run?: number;
}

/**
 * Puts a recorded run under a stepper: forwards and back, with everything that a stepper shows, and without any of the
 * I/O. A motion that finds the program doing something else than was recorded throws a `ReplayDivergence`, which names
 * the step, and the stepper stands there.
 *
 * Runs that begin in its steps, with `run` or `runSync`, are replayed along with it, each step when it came. They are not
 * shown; `replayRuns(recording, { onRun })` gives a stepper for each.
 *
 * If the program waits for code of its own that goes on behind an `await`, and calls a portal say, a motion throws a
 * ForeignWaitError, as on any synchronous stepper: let the host go on (await something) and repeat the motion.
 *
 * @throws RecordingError if `recording` is none, or holds no such run.
 * @throws TypeError if main is no function or the options are wrong.
 * @example
 *     const stepper = replay(main, readFileSync('main.rec', 'utf8'));
 *     stepper.runUntil({ on: 'error' });
 *     stepper.back(3);
 *     console.log(formatTasks(stepper.tasks()));
 */
export function replay<T>(
  main: (this: void) => Operation<T>,
  recording: Recording | string,
  options: ReplayOptions = {},
): Stepper<T> {
  const { run: number, ...runOptions } = options;
  checkRun('replay', main, runOptions);
  return new RunsWithin(recording).begin(main, number, runOptions);
}

/** The runs that begin in the steps of a run under a stepper: they go along with it. */
class RunsWithin extends RunReplayer {
  private readonly steppers = new Set<VirtualStepper<unknown>>();
  private isMoving = false;

  begin<T>(main: () => Operation<T>, number: number | undefined, options: RunOptions): Stepper<T> {
    const { runs } = this.recording;
    const run =
      number === undefined
        ? (runs.find((one) => one.main === main.name) ?? runs[0])
        : runs.find((one) => one.number === number);
    if (run === undefined) {
      throw new RecordingError(
        number === undefined
          ? 'the recording holds no run'
          : `the recording holds no run ${number}, but ${runs.length}`,
      );
    }
    this.left = this.left.filter((one) => one !== run);
    return stepperOf(main, run, this, options);
  }

  /** RunObserver */
  override takeOver<T>(main: () => Operation<T>, _backend: Backend, options: RunOptions): Promise<T> {
    const stepper = this.stepperFor(main, options);
    this.steppers.add(stepper);
    return RunPromise.of<T>(stepper);
  }

  /** Company */
  override around(work: () => void): void {
    observedBy(this, work);
  }

  /** Company */
  override moveOthers(): boolean {
    if (this.isMoving) return false; // one of them waits for another
    this.isMoving = true;
    try {
      const { order } = this;
      const before = order.next;
      let line: number;
      do {
        line = order.next;
        for (const stepper of this.steppers) this.move(stepper);
      } while (order.next !== line);
      return line !== before;
    } finally {
      this.isMoving = false;
    }
  }

  /** Company */
  override forgetUndone(): void {
    for (const stepper of this.steppers) {
      if (!stepper.isUndone) continue;
      this.steppers.delete(stepper);
      stepper.undo();
    }
  }

  private move(stepper: VirtualStepper<unknown>): void {
    try {
      stepper.continue();
    } catch (error) {
      const isAtEnd = error instanceof ReplayDivergence && error.isEnd;
      if (isAtEnd) this.steppers.delete(stepper);
      else if (!(error instanceof ForeignWaitError)) throw error;
    }
    if (stepper.isDone) this.steppers.delete(stepper);
  }
}

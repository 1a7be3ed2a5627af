/**
 * Replays the runs that a program begins, all of them: in the way of `run`, `runSync` and `main` stands who knows what
 * was recorded of each.
 *
 *     program     run(main)         run(other)
 *     replayer    recorded run 1    recorded run 2     each under a loop of its own, in one order: see `order.ts`
 */
import { VirtualBackend } from '../../backends/virtual.js';
import { checkOptions } from '../../base/options.js';
import { printable } from '../../base/printable.js';
import type { Backend } from '../../kernel/backend.js';
import type { Operation } from '../../kernel/effect.js';
import {
  type LoopParts,
  observeRuns,
  type RunBeginning,
  type RunObserver,
} from '../../kernel/run-observer.js';
import { type RunOptions, start } from '../../run.js';
import { RunPromise } from '../../tasks/run-promise.js';
import { HostStepper } from '../stepper/async-stepper.js';
import { Happenings } from '../stepper/happenings.js';
import { INSPECTOR_SIGHT } from '../stepper/inspector-sight.js';
import { ON } from '../stepper/motions.js';
import { type SteppedProgram, steppedOnHost, steppedVirtually } from '../stepper/step-runs.js';
import type { Stepper } from '../stepper/stepper-contract.js';
import type { VirtualStepper } from '../stepper/virtual-stepper.js';
import { ReplayBackground } from './background.js';
import { ReplayDivergence } from './divergence.js';
import { hashOf, hashOfFile } from './hash.js';
import { insulate, insulated } from './insulate.js';
import { ReplayOrder } from './order.js';
import { readRecording } from './read-recording.js';
import { currentReadings, readingBy } from './readings.js';
import type { RecordedRun, Recording } from './recording.js';
import { ReplayLoop } from './replay-loop.js';
import { ReplayRun } from './replay-run.js';
import { type Company, ReplaySignal, stepperOf } from './replay-stepper.js';
import { ReplayScript } from './script.js';
import type { Stage } from './stage.js';

export interface RunReplayerOptions {
  /** Told of each run before its first step, with its stepper. Without it the runs go on by themselves. */
  readonly onRun?: (program: SteppedProgram) => void;
  /** Told when a run that goes by itself goes another way than was recorded, before it is ended by that error. */
  readonly onDivergence?: (error: ReplayDivergence) => void;
  /** This process does nothing else: what is read between the runs comes from the recording too. */
  readonly ownsProcess?: boolean;
}

/**
 * Replays all runs that begin from now on, until it is disposed of, from the recorded ones in their order.
 *
 * @throws RecordingError if `recording` is none.
 * @throws Error if the runs of this process are observed already.
 * @example
 *     using _ = replayRuns(readFileSync('app.rec', 'utf8'));
 *     await import('./app.js'); // as it was, and at once
 */
export function replayRuns(
  recording: Recording | string,
  options?: RunReplayerOptions,
): RunReplayer & Disposable {
  const replayer = new RunReplayer(recording, options);
  const observing = observeRuns(replayer);
  return Object.assign(replayer, { [Symbol.dispose]: () => observing[Symbol.dispose]() });
}

/**
 * Replays the runs that a program begins, each from the recorded run that began then. A run that is not in the
 * recording is refused.
 */
export class RunReplayer implements RunObserver, Company {
  /** Company */
  readonly order = new ReplayOrder();
  readonly recording: Recording;
  private readonly options: RunReplayerOptions;
  private readonly background: ReplayBackground | undefined;
  protected left: readonly RecordedRun[];
  /** Those begun behind an `await`, the one that began last at the end. */
  private again: RecordedRun[] = [];
  /** The runs that have begun in steps of a run, by its recording; and which execution of it is at how many of them. */
  private readonly inner = new WeakMap<object, { execution: object; runs: RecordedRun[]; count: number }>();
  private readonly beginning = new WeakMap<RunBeginning, Happenings>();
  private signal: ReplaySignal | null = null;
  /** What the run runs that begins now, if that is known. */
  private main: (() => unknown) | undefined;

  constructor(recording: Recording | string, options: RunReplayerOptions = {}) {
    checkOptions(options, 'new RunReplayer(recording, options)');
    insulate();
    this.recording = typeof recording === 'string' ? readRecording(recording) : recording;
    this.left = this.recording.runs;
    this.options = options;
    if (options.ownsProcess === true) this.background = new ReplayBackground(this.recording);
  }

  /** The recorded runs that should have begun, and have not. */
  get missing(): readonly RecordedRun[] {
    return this.left.filter(({ isBehind }) => !isBehind);
  }

  /** The files of the program that are not what they were. */
  get changed(): readonly string[] {
    return [...this.recording.sources]
      .filter(([file, hash]) => hashOfFile(file) !== hash)
      .map(([file]) => file);
  }

  /** A stepper for a program that is exported by its file, and not yet run. */
  stepperOf(main: () => Operation<unknown>, options: RunOptions = {}): Stepper<unknown> {
    return this.stepperFor(main, { ...options, name: 'main' });
  }

  /** RunObserver */
  takeOver<T>(main: () => Operation<T>, backend: Backend, options: RunOptions): Promise<T> | undefined {
    const { onRun } = this.options;
    if (onRun === undefined) {
      this.main = main;
      const { signal } = options;
      if (signal === undefined) return undefined;
      this.signal = new ReplaySignal(signal);
      return start(main, backend, { ...options, signal: this.signal.signal }).promise;
    }
    const stepper = this.stepperFor(main, options);
    const promise = RunPromise.of<T>(stepper);
    tell(() => onRun(steppedVirtually(stepper.loop.name, stepper)));
    return promise;
  }

  /** RunObserver */
  instruments(beginning: RunBeginning): readonly Happenings[] {
    const happenings = new Happenings();
    this.beginning.set(beginning, happenings);
    return [happenings];
  }

  /** RunObserver: a run that `takeOver` does not see, or leaves to go by itself. */
  loopFor(beginning: RunBeginning, parts: LoopParts): ReplayLoop {
    const { onRun, onDivergence } = this.options;
    const { signal, order } = this;
    this.signal = null;
    const script = new ReplayScript(this.claim(beginning.name));
    const stage: Stage = {
      abort: (reason) => signal?.abort(reason),
      timeIs: (time) => {
        if (!(parts[0] instanceof VirtualBackend)) this.background?.putForward(time);
      },
    };
    const pace = beginning.isSync ? 'sync' : 'alone';
    const loop = readingBy(
      null,
      () => new ReplayLoop(parts, INSPECTOR_SIGHT.watching, script, stage, order, pace),
    );
    if (signal !== null) signal.loop = loop;
    const run = new ReplayRun(loop, this.beginning.get(beginning) ?? new Happenings(), INSPECTOR_SIGHT);
    if (onRun !== undefined && !beginning.isSync) {
      const stepper = new HostStepper<unknown>(run, INSPECTOR_SIGHT);
      tell(() => onRun(steppedOnHost(beginning.name, stepper)));
      return loop;
    }
    run.begin({
      ...ON,
      stops: () => {
        if (run.history.length > HISTORY) run.history.splice(0, HISTORY);
        return false;
      },
    });
    const end = (error: unknown): void => {
      if (error instanceof ReplayDivergence) onDivergence?.(error);
      loop.crash(error);
    };
    run.onRest = () => {
      if (run.failure !== null) end(run.failure.error);
    };
    const { onFailure } = loop;
    loop.onFailure = (error) => {
      onFailure(error);
      end(error);
    };
    return loop;
  }

  /** Company */
  around(work: () => void): void {
    work();
  }

  /** Company: who has the steppers moves them. */
  moveOthers(): boolean {
    return false;
  }

  /** Company */
  forgetUndone(): void {}

  /** A stepper for a run that begins. */
  protected stepperFor<T>(main: () => Operation<T>, options: RunOptions): VirtualStepper<T> {
    this.main = main;
    const run = this.claim(options.name === undefined ? 'the run' : `run "${printable(options.name)}"`);
    return stepperOf(main, run, this, options);
  }

  /** The recorded run for the one that begins. Within another run, which a stepper may begin anew, it is that of then. */
  private claim(name: string): RecordedRun {
    const outer = currentReadings();
    if (outer === null) return this.find(name, this.order.next < Infinity);
    const key = outer.replayed ?? outer;
    const inner = this.inner.get(key) ?? { execution: outer, runs: [], count: 0 };
    this.inner.set(key, inner);
    if (inner.execution !== outer) Object.assign(inner, { execution: outer, count: 0 });
    const run = inner.runs[inner.count] ?? this.find(name, false);
    inner.runs[inner.count++] = run;
    return run;
  }

  /** The recorded run that is most like the one that begins; the first of them. */
  private find(name: string, isBehind: boolean): RecordedRun {
    const { main } = this;
    this.main = undefined;
    // Under a debugger a program can begin anew.
    const left = this.left.length === 0 && this.options.onRun !== undefined ? this.recording.runs : this.left;
    const hash = hashOf(String(main));
    const likeness = (one: RecordedRun): number =>
      (one.isBehind === isBehind ? 8 : 0) +
      (one.name === name ? 4 : 0) +
      (one.hash === hash ? 2 : 0) +
      (one.main === main?.name ? 1 : 0);
    const best = (runs: readonly RecordedRun[]): RecordedRun | undefined =>
      [...runs].sort((one, other) => likeness(other) - likeness(one))[0];
    // Behind an `await` it is not known that the run in a step of which that began has gone back: a run begins again.
    const run = best(isBehind ? [...left, ...this.again] : left);
    if (run?.isBehind === true) this.again = [...this.again.filter((one) => one !== run), run];
    this.left = left.filter((one) => one !== run);
    if (run !== undefined) return run;
    const { length } = this.recording.runs;
    const error = new ReplayDivergence(
      `${name} begins, and the recording has no ${length === 0 ? 'run at all' : `more runs: it holds ${length}`}`,
      0,
      undefined,
    );
    this.options.onDivergence?.(error);
    throw error;
  }
}

const HISTORY = 64;

/** Not now, and not as code of the step in which a run may begin: the timers of who steps it are to be armed. */
function tell(work: () => void): void {
  queueMicrotask(() => insulated(null, work));
}

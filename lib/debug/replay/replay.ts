/**
 * Replays what `record` has recorded: the program is executed anew, and all that came in from outside comes from the
 * recording. Nothing is fetched, no clock is waited for, and it takes the very steps that it took.
 *
 * - `replay(main, recording)` puts one run under a stepper that can go back.
 * - `new RunReplayer(recording)` is in the way of all runs that a program begins: for `treadle replay`.
 *
 * What is executed anew is the program's own code, with what it does there and then: it prints again, and reads
 * `process.env` again. What it would begin outside is not begun: the starter of a wait and the function given to
 * `until` are not called, and the functions of the host that begin something do nothing (see `insulate.ts`).
 */
import { VirtualBackend } from '../../backends/virtual.js';
import { checkOptions } from '../../base/options.js';
import type { Backend } from '../../kernel/backend.js';
import type { Operation } from '../../kernel/effect.js';
import {
  type LoopParts,
  observeRuns,
  type RunBeginning,
  type RunObserver,
} from '../../kernel/run-observer.js';
import { checkRun, type RunOptions, start } from '../../run.js';
import { RunPromise } from '../../tasks/run-promise.js';
import { HostStepper } from '../stepper/async-stepper.js';
import { Happenings } from '../stepper/happenings.js';
import { INSPECTOR_SIGHT } from '../stepper/inspector-sight.js';
import { ON } from '../stepper/motions.js';
import { type SteppedProgram, steppedOnHost, steppedVirtually } from '../stepper/step-runs.js';
import type { Stepper } from '../stepper/stepper-contract.js';
import { ReplayBackground } from './background.js';
import { ReplayDivergence } from './divergence.js';
import { hashOf, hashOfFile } from './hash.js';
import { insulate, insulated } from './insulate.js';
import { ReplayOrder } from './order.js';
import { RecordingError, readRecording } from './read-recording.js';
import { currentReadings, readingBy } from './readings.js';
import type { RecordedRun, Recording } from './recording.js';
import { ReplayLoop } from './replay-loop.js';
import { ReplayRun } from './replay-run.js';
import { ReplaySignal, stepperOf } from './replay-stepper.js';
import { ReplayScript } from './script.js';
import type { Stage } from './stage.js';

export interface ReplayOptions extends Omit<RunOptions, 'backend'> {
  /** Which of the recorded runs, from 1; default: the first whose main function has that name, else the first. */
  readonly run?: number;
}

/**
 * Puts a recorded run under a stepper: forwards and back, with everything that a stepper shows, and without any of the
 * I/O. A motion that finds the program doing something else than was recorded throws a `ReplayDivergence`, which names
 * the step, and the stepper stands there.
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
  const { runs } = typeof recording === 'string' ? readRecording(recording) : recording;
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
  return stepperOf(main, run, new ReplayOrder(), runOptions);
}

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
export class RunReplayer implements RunObserver {
  readonly recording: Recording;
  private readonly options: RunReplayerOptions;
  private readonly background: ReplayBackground | undefined;
  private readonly left: RecordedRun[];
  private readonly order = new ReplayOrder();
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
    this.left = [...this.recording.runs];
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
    return stepperOf(main, this.claim('run "main"'), this.order, { ...options, name: 'main' });
  }

  /** RunObserver */
  takeOver<T>(main: () => Operation<T>, backend: Backend, options: RunOptions): Promise<T> | undefined {
    const { onRun } = this.options;
    this.main = main;
    if (onRun === undefined) {
      const { signal } = options;
      if (signal === undefined) return undefined;
      this.signal = new ReplaySignal(signal);
      return start(main, backend, { ...options, signal: this.signal.signal }).promise;
    }
    const name = options.name === undefined ? 'the run' : `run "${options.name}"`;
    const stepper = stepperOf(main, this.claim(name), this.order, options);
    const promise = RunPromise.of<T>(stepper);
    tell(() => onRun(steppedVirtually(name, stepper)));
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
      receive: (name) =>
        beginning.name === 'run "main"' && process.emit(name as NodeJS.Signals, name as never),
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
      loop.onCrash(error);
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

  /** The recorded run for the one that begins. Within another run, which a stepper may begin anew, it is that of then. */
  private claim(name: string): RecordedRun {
    const outer = currentReadings();
    if (outer === null) return this.find(name);
    const key = outer.replayed ?? outer;
    const inner = this.inner.get(key) ?? { execution: outer, runs: [], count: 0 };
    this.inner.set(key, inner);
    if (inner.execution !== outer) Object.assign(inner, { execution: outer, count: 0 });
    const run = inner.runs[inner.count] ?? this.find(name);
    inner.runs[inner.count++] = run;
    return run;
  }

  /** The recorded run that is most like the one that begins; the first of them. */
  private find(name: string): RecordedRun {
    const { left, main } = this;
    this.main = undefined;
    // Under a debugger a program can begin anew.
    if (left.length === 0 && this.options.onRun !== undefined) left.push(...this.recording.runs);
    const hash = hashOf(String(main));
    const likeness = left.map(
      (one) => (one.name === name ? 4 : 0) + (one.hash === hash ? 2 : 0) + (one.main === main?.name ? 1 : 0),
    );
    const [run] = left.splice(likeness.indexOf(Math.max(...likeness)), 1);
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

/**
 * Replays what `record` has recorded: the program is executed anew, and all that came in from outside comes from the
 * recording. Nothing is fetched, no clock is waited for, and it takes the very steps that it took.
 *
 * - `replay(main, recording)` puts one run under a stepper that can go back.
 * - `new Replayer(recording)` is in the way of all runs that a program begins: for `treadle replay`.
 *
 * What is executed anew is the program's own code, with what it does by itself: it prints again, writes its files
 * again, opens its sockets again. Only what a *wait* began is not begun: the starter of `suspend`, the function given
 * to `until`, `fetch`.
 */
import { VirtualBackend } from '../backends/virtual.js';
import { checkOptions } from '../base/options.js';
import { makeController } from '../base/own-signal.js';
import type { Backend } from '../kernel/backend.js';
import type { Operation } from '../kernel/effect.js';
import { type LoopParts, observeRuns, type RunBeginning, type RunObserver } from '../kernel/run-observer.js';
import { checkRun, type RunOptions, start } from '../run.js';
import { RunPromise } from '../tasks/run-promise.js';
import { HostStepper } from './async-stepper.js';
import { Happenings } from './happenings.js';
import { INSPECTOR_SIGHT } from './inspector-sight.js';
import { ON } from './motions.js';
import { hashOf } from './record.js';
import { type RecordedRun, type Recording, RecordingError, readRecording } from './recording.js';
import { ReplayDivergence } from './replay-divergence.js';
import { insulate } from './replay-host.js';
import { ReplayLoop, type Stage } from './replay-loop.js';
import { ReplayRun } from './replay-run.js';
import { ReplayScript } from './replay-script.js';
import type { SteppedProgram } from './step-runs.js';
import type { Stepper } from './stepper-contract.js';
import { type Executor, VirtualStepper } from './virtual-stepper.js';

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
      number === undefined ? 'the recording holds no run' : `the recording holds no run ${number}, but ${runs.length}`,
    );
  }
  return stepperOf(main, run, runOptions);
}

function stepperOf<T>(
  main: () => Operation<T>,
  run: RecordedRun,
  { signal, ...options }: RunOptions,
): VirtualStepper<T> {
  return new VirtualStepper<T>(
    main,
    new VirtualBackend(),
    options,
    INSPECTOR_SIGHT,
    new ReplayExecutor(run, signal),
  );
}

/** The signal of the recorded run, which aborts when that did. */
class Signal implements Stage {
  loop: ReplayLoop | null = null;
  private readonly controller = makeController();

  /** `original`: what the program itself aborts, in one of its steps, aborts this one too. */
  constructor(original: AbortSignal) {
    original.addEventListener('abort', () => {
      if (this.loop?.isAtWork === true) this.abort(original.reason);
    });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }
}

const NO_SIGNAL: Stage = { abort() {} };

class ReplayExecutor implements Executor {
  private readonly recorded: RecordedRun;
  private readonly original: AbortSignal | undefined;
  private signal: Signal | null = null;

  constructor(recorded: RecordedRun, original: AbortSignal | undefined) {
    this.recorded = recorded;
    this.original = original;
  }

  optionsFor(options: RunOptions): RunOptions {
    if (this.original === undefined) return options;
    this.signal = new Signal(this.original);
    return { ...options, signal: this.signal.signal };
  }

  loopFor(parts: LoopParts): ReplayLoop {
    const script = new ReplayScript(this.recorded);
    const { signal } = this;
    const loop = new ReplayLoop(parts, (work) => work(), script, signal ?? NO_SIGNAL, false);
    if (signal !== null) signal.loop = loop;
    return loop;
  }

  runOf(loop: ReplayLoop, happenings: Happenings): ReplayRun {
    return new ReplayRun(loop, happenings, INSPECTOR_SIGHT);
  }

  leave(loop: ReplayLoop): void {
    loop.leave();
  }
}

export interface ReplayerOptions {
  /** Told of each run before its first step, with its stepper. Without it the runs go on by themselves. */
  readonly onRun?: (program: SteppedProgram) => void;
  /** Told when a run that goes by itself goes another way than was recorded, before it is ended by that error. */
  readonly onDivergence?: (error: ReplayDivergence) => void;
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
export function replayRuns(recording: Recording | string, options?: ReplayerOptions): Replayer & Disposable {
  const replayer = new Replayer(recording, options);
  const observing = observeRuns(replayer);
  return Object.assign(replayer, { [Symbol.dispose]: () => observing[Symbol.dispose]() });
}

/**
 * Replays the runs that a program begins, each from the recorded run that began then. A run that is not in the
 * recording is refused.
 */
export class Replayer implements RunObserver {
  readonly recording: Recording;
  private readonly options: ReplayerOptions;
  private readonly left: RecordedRun[];
  private readonly beginning = new WeakMap<RunBeginning, Happenings>();
  private signal: Signal | null = null;

  constructor(recording: Recording | string, options: ReplayerOptions = {}) {
    checkOptions(options, 'new Replayer(recording, options)');
    insulate();
    this.recording = typeof recording === 'string' ? readRecording(recording) : recording;
    this.left = [...this.recording.runs];
    this.options = options;
  }

  /** The recorded runs that have not begun. */
  get missing(): readonly RecordedRun[] {
    return this.left;
  }

  /** The files of the program that are not what they were. */
  get changed(): readonly string[] {
    return [...this.recording.sources].filter(([file, hash]) => hashOf(file) !== hash).map(([file]) => file);
  }

  /** A stepper for a program that is exported by its file, and not yet run. */
  stepperOf(main: () => Operation<unknown>): Stepper<unknown> {
    return stepperOf(main, this.claim(main.name, 'the run'), { name: 'main' });
  }

  /** RunObserver */
  takeOver<T>(main: () => Operation<T>, backend: Backend, options: RunOptions): Promise<T> | undefined {
    const { onRun } = this.options;
    if (onRun === undefined) {
      const { signal } = options;
      if (signal === undefined) return undefined;
      this.signal = new Signal(signal);
      return start(main, backend, { ...options, signal: this.signal.signal }).promise;
    }
    const name = options.name === undefined ? 'the run' : `run "${options.name}"`;
    const stepper = stepperOf(main, this.claim(main.name, name), options);
    const promise = RunPromise.of<T>(stepper);
    queueMicrotask(() => onRun({ kind: 'virtual', name, stepper }));
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
    const { signal } = this;
    this.signal = null;
    const script = new ReplayScript(this.claim(undefined, beginning.name));
    const stage: Stage = {
      abort: (reason) => signal?.abort(reason),
      receive: (name) => beginning.name === 'run "main"' && process.emit(name as NodeJS.Signals, name as never),
    };
    const loop = new ReplayLoop(parts, INSPECTOR_SIGHT.watching, script, stage, true);
    if (signal !== null) signal.loop = loop;
    const run = new ReplayRun(loop, this.beginning.get(beginning) ?? new Happenings(), INSPECTOR_SIGHT);
    if (onRun !== undefined && !beginning.isSync) {
      const stepper = new HostStepper<unknown>(run, INSPECTOR_SIGHT);
      queueMicrotask(() => onRun({ kind: 'host', name: beginning.name, stepper }));
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

  private claim(main: string | undefined, name: string): RecordedRun {
    const { left } = this;
    // Under a debugger a program can begin anew.
    if (left.length === 0 && this.options.onRun !== undefined) left.push(...this.recording.runs);
    const isMeant = (one: RecordedRun): boolean => one.name === name && (main === undefined || one.main === main);
    const at = Math.max(left.findIndex(isMeant), 0);
    const [run] = left.splice(at, 1);
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

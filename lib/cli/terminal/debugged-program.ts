/**
 * The program that is debugged: the file, and the runs that have begun in it, each under a stepper.
 *
 * They move together, for one may wait for another: the motion that was asked for moves one of them, the others just
 * go on; whichever comes to a stop first stops them all. Only a single step moves its run alone.
 *
 *              load ──▶ first run begins ──▶ standing ◀──────────────┐
 *                                              │ a motion            │ a step, a breakpoint, Ctrl-C, an end
 *                                              └──────▶ moving ──────┘
 *
 * When the last run has ended the file itself may go on behind its `await run(…)`: that is waited for, until it is
 * loaded or begins another run.
 */
import { pathToFileURL } from 'node:url';
import type { Step } from '../../debug/step.js';
import type { SteppedProgram } from '../../debug/step-runs.js';
import { type RunObserver, runObserver } from '../../kernel/run-observer.js';
import { hostTurn } from '../dap/host-turn.js';
import { InputError } from '../input-error.js';
import type { Body, Program } from '../load-program.js';
import type { DebugDoor } from '../treadle-copy.js';
import { DebuggedRun, type Motion, ON } from './debugged-run.js';

export type BackendChoice = 'virtual' | 'node';

/** Why the program stands still. */
export type Stop =
  | { readonly why: 'stepped'; readonly run: DebuggedRun; readonly step: Step }
  | { readonly why: 'ended' | 'begun' | 'interrupted' | 'waiting'; readonly run: DebuggedRun | undefined };

/** Which runs move, and whether the motion goes on beyond the end of a run. */
export type Style = 'alone' | 'together' | 'through';

/** What is to be shown as soon as it happens. */
export interface Listener {
  begun(run: DebuggedRun): void;
  ended(run: DebuggedRun): void;
  /** The file has come to its end, and no run has begun. */
  nothingToRun(): void;
  /** Something has gone wrong outside of the runs. */
  failed(what: string, error: unknown): void;
  /** A step at which a breakpoint holds. True: the program stops there. */
  stopsAt(run: DebuggedRun): boolean;
}

interface Moving {
  /** The run that was asked for. */
  readonly run: DebuggedRun | undefined;
  readonly style: Style;
  /** What the others do. */
  readonly others: Motion;
  readonly stop: (stop: Stop) => void;
}

/** Turns of the host after the end of a run: what has waited for it goes on. */
const TURNS = 3;
/** Milliseconds that a single step waits for the host while other runs stand. */
const PATIENCE = 1000;

export class DebuggedProgram {
  /** Those that are live, and the last that have ended. */
  runs: readonly DebuggedRun[] = [];
  /** Nothing is left that could go on by itself. */
  isOver = false;
  private readonly program: Program;
  private readonly debug: DebugDoor;
  private readonly backend: BackendChoice | undefined;
  private readonly listener: Listener;
  private body: Body | undefined;
  private observer: RunObserver | undefined;
  private count = 0;
  private loads = 0;
  private isLoaded = false;
  /** Something has gone wrong that nobody has caught. */
  hasFailed = false;
  /** What goes on while the program moves. */
  private moving: Moving | undefined;
  private readonly motions = new Set<Promise<void>>();
  /** Called when the file has been loaded, a run has begun, or nothing is left to happen. */
  private changed: () => void = () => {};

  constructor(program: Program, debug: DebugDoor, backend: BackendChoice | undefined, listener: Listener) {
    this.program = program;
    this.debug = debug;
    this.backend = backend;
    this.listener = listener;
  }

  get live(): readonly DebuggedRun[] {
    return this.runs.filter((run) => !run.isDone);
  }

  /** The exit code of what has been seen of the program. */
  get exitCode(): number {
    const own = Number(process.exitCode ?? 0);
    return own === 0 && this.hasFailed ? 1 : own;
  }

  /**
   * Loads the file, up to the beginning of its first run.
   * @throws InputError if it does not load, or has nothing to run.
   */
  async start(): Promise<void> {
    this.observer = this.observe();
    process.prependListener('beforeExit', () => {
      this.isOver = true;
      if (this.count === 0 && !this.hasFailed) this.listener.nothingToRun();
      this.changed();
    });
    let refusal: unknown;
    this.program.load(this.observer).then(
      (body) => {
        this.isLoaded = true;
        this.body = body;
        if (body !== undefined) this.begin(body);
        else this.changed();
      },
      (error: unknown) => {
        this.isLoaded = true;
        if (error instanceof InputError && this.count === 0) refusal = error;
        else this.fail(`${this.program.file} has failed`, error);
        this.changed();
      },
    );
    await this.until(() => this.count > 0 || this.isOver || refusal !== undefined || this.hasFailed);
    if (refusal !== undefined) throw refusal;
  }

  /** Moves a run, and the others with it, until there is a reason to stop. */
  async move(run: DebuggedRun | undefined, motion: Motion, style: Style, others: Motion = ON): Promise<Stop> {
    const { promise, resolve } = withResolvers<Stop>();
    this.moving = { run, style, others, stop: resolve };
    let impatience: NodeJS.Timeout | undefined;
    for (const one of this.live) {
      if (one === run) this.drive(one, motion);
      else if (style !== 'alone') this.drive(one, others);
      else impatience ??= setTimeout(resolve, PATIENCE, { why: 'waiting', run });
    }
    if (this.motions.size === 0) void this.settle(run);
    const stop = await promise;
    clearTimeout(impatience);
    this.moving = undefined;
    this.changed();
    for (const one of this.live) one.stop();
    await Promise.all(this.motions);
    await hostTurn(); // what waits for the end of a run, or for a step of it, goes on
    return stop;
  }

  /** Stops the motion under way. */
  interrupt(): void {
    this.moving?.stop({ why: 'interrupted', run: undefined });
  }

  /** Lets the program begin anew. @throws InputError if it cannot. */
  async restart(): Promise<void> {
    await this.end('it was started anew');
    this.runs = [];
    this.hasFailed = false;
    process.exitCode = undefined;
    if (this.body !== undefined) {
      this.begin(this.body);
      return;
    }
    const { count } = this;
    this.isLoaded = false;
    // Another address makes Node load it again; the modules that it imports stay as they are.
    const url = new URL(`?treadle=${++this.loads}`, pathToFileURL(this.program.file));
    import(url.href).then(
      () => {
        this.isLoaded = true;
        this.changed();
      },
      (error: unknown) => {
        this.isLoaded = true;
        this.fail(`${this.program.file} has failed`, error);
        this.changed();
      },
    );
    await this.until(() => this.count > count || this.isLoaded || this.isOver);
  }

  /** Cancels the runs, and those that begin meanwhile, and lets their clean-up go to its end. */
  async end(reason: string): Promise<void> {
    for (let live = this.live; live.length > 0; live = this.live) {
      for (const { stepper } of live) stepper.cancel(reason);
      await Promise.all(live.map((run) => this.finish(run)));
      for (let turn = 0; turn < TURNS; turn++) await hostTurn();
    }
  }

  /** What nobody has caught. */
  fail(what: string, error: unknown): void {
    this.hasFailed = true;
    this.listener.failed(what, error);
  }

  private async finish(run: DebuggedRun): Promise<void> {
    const { breakpoints } = run.stepper;
    const slices = [...breakpoints].filter((breakpoint) => typeof breakpoint === 'function');
    breakpoints.clear();
    for (const slice of slices) breakpoints.add(slice);
    while (!run.isDone) await run.move(ON);
  }

  private observe(): RunObserver {
    const { debug, backend } = this;
    // Only to get hold of it: the program's loader puts it in the way of the runs.
    using _ = debug.stepRuns((run) => this.add(run), backend === undefined ? {} : { backend });
    const stepping = runObserver() as RunObserver;
    const traces = debug.spawnTraces();
    return {
      instruments: (run) => [...(stepping.instruments?.(run) ?? []), traces],
      loopFor: (run, parts) => stepping.loopFor?.(run, parts),
      takeOver: (main, named, options) => {
        const { instruments = [] } = options as { instruments?: readonly unknown[] };
        return stepping.takeOver?.(main, named, { ...options, instruments: [...instruments, traces] });
      },
    };
  }

  /** Begins the run of a program that is exported. */
  private begin(body: Body): void {
    const { backend = 'virtual', debug } = this;
    const options = { name: 'main', instruments: [debug.spawnTraces()] };
    try {
      if (backend === 'virtual') {
        this.add({
          kind: 'virtual',
          name: 'main',
          stepper: debug.createStepper(body, { ...options, backend }),
        });
      } else
        this.add({ kind: 'host', name: 'main', stepper: debug.createStepper(body, { ...options, backend }) });
    } catch (error) {
      this.fail('main has failed before it gave an operation', error);
      this.changed();
    }
  }

  private add(program: SteppedProgram): void {
    const run = new DebuggedRun(++this.count, program);
    this.runs = [...this.runs.filter((one) => !one.isDone || one === this.runs.at(-1)), run];
    this.listener.begun(run);
    this.changed();
    const { moving } = this;
    if (moving === undefined) return;
    const goesOn =
      moving.style === 'through' || (moving.style === 'together' && moving.run?.isDone === false);
    if (goesOn) this.drive(run, moving.others);
    else void hostTurn().then(() => moving.stop({ why: 'begun', run })); // the end of the step comes first
  }

  private drive(run: DebuggedRun, motion: Motion): void {
    const { moving } = this;
    if (moving === undefined) return;
    const driven = this.follow(run, motion).then(
      (step) => {
        this.motions.delete(driven);
        if (step !== undefined) moving.stop({ why: 'stepped', run, step });
        else if (run.isDone) this.tellEnd(run);
      },
      (error: unknown) => {
        this.motions.delete(driven);
        this.listener.failed('the motion has failed', error);
        moving.stop({ why: 'interrupted', run });
      },
    );
    this.motions.add(driven);
  }

  /** Undefined: the run has ended, or stands because of another. */
  private async follow(run: DebuggedRun, motion: Motion): Promise<Step | undefined> {
    const { moving } = this;
    for (let next = motion; ; next = { begin: motion.resume, resume: motion.resume }) {
      const step = await run.move(next);
      if (step === undefined || run.stepper.stoppedBy === undefined) return step;
      if (this.listener.stopsAt(run)) return step;
      if (this.moving !== moving) return undefined;
    }
  }

  private tellEnd(run: DebuggedRun): void {
    try {
      run.stepper.result;
    } catch {
      this.hasFailed = true;
    }
    this.listener.ended(run);
    const { moving } = this;
    const isLast = this.live.length === 0;
    if (moving !== undefined && (isLast || (moving.style !== 'through' && moving.run === run)))
      void this.settle(run);
  }

  /**
   * A run has ended: what comes behind it goes on, until the file is loaded or another run begins. Without a run:
   * until one begins.
   */
  private async settle(run: DebuggedRun | undefined): Promise<void> {
    const { moving, count } = this;
    const isPast = (): boolean => this.moving !== moving || this.count > count;
    for (let turn = 0; turn < TURNS && !isPast(); turn++) await hostTurn();
    const isOver = (): boolean =>
      this.isOver || (run !== undefined && (this.isLoaded || this.live.length > 0));
    await this.until(() => isPast() || isOver());
    if (!isPast()) moving?.stop({ why: 'ended', run });
  }

  private async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((one) => {
    resolve = one;
  });
  return { promise, resolve };
}

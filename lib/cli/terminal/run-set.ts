/**
 * The runs of a program, moved together: the motion that was asked for moves one of them, the others just go on, for
 * one may wait for another. Whichever comes to a stop first stops them all. Only a single step moves its run alone;
 * in a replay, where runs take their steps in the order of the recording, it moves those along that come before it.
 *
 *     standing ──── a motion ────▶ moving ──── a step, a breakpoint, Ctrl-C, an end ────▶ standing
 *
 * When the last run has ended the program itself may go on behind its `await run(…)`: that is waited for, until its
 * file is loaded or another run begins.
 */
import type { Step } from '../../debug/stepper/step.js';
import type { SteppedProgram } from '../../debug/stepper/step-runs.js';
import { hostTurn } from '../dap/host-turn.js';
import { DebuggedRun, type Motion, ON } from './debugged-run.js';

/** Why the program stands still. */
export type Stop =
  | { readonly why: 'stepped'; readonly run: DebuggedRun; readonly step: Step }
  /** The motion cannot be made. */
  | { readonly why: 'refused'; readonly run: DebuggedRun; readonly error: unknown }
  | {
      readonly why: 'ended' | 'begun' | 'interrupted' | 'stalled' | 'waiting';
      readonly run: DebuggedRun | undefined;
    };

/** Which runs move, and whether the motion goes on beyond the end of a run. */
export type Style = 'alone' | 'together' | 'through';

/** What is to be shown as soon as it happens. */
export interface RunListener {
  begun(run: DebuggedRun): void;
  /** With its last step, if that is where the motion stops. */
  ended(run: DebuggedRun, step: Step | undefined): void;
  /** A run has stopped at a breakpoint. */
  brokeAt(run: DebuggedRun): void;
}

interface Moving {
  /** The run that was asked for. */
  readonly run: DebuggedRun | undefined;
  readonly style: Style;
  /** What the others do. */
  readonly others: Motion;
  readonly stop: (stop: Stop) => void;
  /** A breakpoint holds at the end of a run: whatever comes behind it stands. */
  isHeld: boolean;
}

/** Turns of the host after the end of a run: what has waited for it goes on. */
const TURNS = 3;
/** Milliseconds that a single step waits for the host while other runs stand, and going back for clean-up. */
const PATIENCE = 300;

export class RunSet {
  /** Those that are live, and the last that has ended; also one that has gone back since it had ended. */
  all: readonly DebuggedRun[] = [];
  /** How many have begun. */
  count = 0;
  /** The program's file is loaded: it does not go on behind the end of a run. */
  isLoaded = false;
  /** Nothing is left in the process that could go on by itself. */
  isOver = false;
  isEnding = false;
  private readonly listener: RunListener;
  /** A run of a replay goes no farther than its turn is: it can be moved whenever another waits. */
  private readonly keepsOrder: boolean;
  private moving: Moving | undefined;
  /** The run that goes back or forward to a step. */
  private travelling: DebuggedRun | undefined;
  private hasStalled = false;
  private readonly motions = new Set<Promise<void>>();
  /** Called when something of this has changed. */
  private changed: () => void = () => {};

  constructor(listener: RunListener, keepsOrder: boolean) {
    this.listener = listener;
    this.keepsOrder = keepsOrder;
  }

  get live(): readonly DebuggedRun[] {
    return this.all.filter((run) => !run.isDone);
  }

  /** A run has begun; it has taken no step yet. */
  add(program: SteppedProgram): DebuggedRun {
    const run = new DebuggedRun(this.count + 1, program);
    if (run.isUndone()) {
      void this.forget([run]);
      return run;
    }
    this.count++;
    this.all = [...this.all.filter((one) => !one.isDone || one === this.all.at(-1)), run];
    this.listener.begun(run);
    this.noteChange();
    const { moving } = this;
    if (moving === undefined) return run;
    const isOnTheWay = moving.style === 'together' && moving.run?.isDone === false;
    if (!moving.isHeld && (moving.style === 'through' || isOnTheWay)) this.drive(run, moving.others);
    else void hostTurn().then(() => moving.stop({ why: 'begun', run })); // the end of the step comes first
    return run;
  }

  /** Moves a run, and the others with it, until there is a reason to stop. */
  async move(run: DebuggedRun | undefined, motion: Motion, style: Style, others: Motion = ON): Promise<Stop> {
    const { promise, resolve } = withResolvers<Stop>();
    this.moving = { run, style, others, stop: resolve, isHeld: false };
    let impatience: NodeJS.Timeout | undefined;
    for (const one of this.live) {
      if (one === run) this.drive(one, motion);
      else if (style !== 'alone' || this.keepsOrder) this.drive(one, others);
      else impatience ??= setTimeout(resolve, PATIENCE, { why: 'waiting', run: one });
    }
    if (this.motions.size === 0) void this.settle(run);
    const stop = await promise;
    clearTimeout(impatience);
    this.moving = undefined;
    this.noteChange();
    for (const one of this.live) one.stop();
    await Promise.all(this.motions);
    await hostTurn(); // what waits for the end of a run, or for a step of it, goes on
    return stop;
  }

  /**
   * Goes to the moment after a step of a run, back or forward. Where it waits for runs that it has begun on the way,
   * they go on, past their breakpoints, until it has what it waits for; of a replay, those too that come before it. Those
   * that it had begun before never were.
   */
  async goTo(run: DebuggedRun, index: number): Promise<'there' | 'interrupted' | 'stalled'> {
    const { count } = this;
    const driven = new Map<DebuggedRun, Promise<void>>();
    let isThere = false;
    const goOn = async (one: DebuggedRun): Promise<void> => {
      while (!isThere && !one.isDone) await one.move(ON);
      if (one.isDone) this.listener.ended(one, undefined);
    };
    const driveOthers = (): void => {
      for (const one of this.live) {
        const isMeant = one.number > count || (this.keepsOrder && one !== run && !one.isUndone());
        if (isMeant && !driven.has(one)) driven.set(one, goOn(one));
      }
    };
    this.travelling = run;
    this.hasStalled = false;
    try {
      if (await run.goTo(index, driveOthers)) return 'there';
      return this.hasStalled ? 'stalled' : 'interrupted';
    } finally {
      isThere = true;
      this.travelling = undefined;
      for (const one of driven.keys()) one.stop();
      await Promise.all(driven.values());
      await this.forget(this.all.filter((one) => one.isUndone()));
      if (!this.all.includes(run)) this.all = [...this.all, run].sort((a, b) => a.number - b.number); // live again
    }
  }

  /** Cancels runs and lets them clean up, of which nobody is to hear any more. */
  private async forget(runs: readonly DebuggedRun[]): Promise<void> {
    if (runs.length === 0) return;
    this.all = this.all.filter((run) => !runs.includes(run));
    this.isEnding = true;
    const ends = runs.map((run) => {
      run.stepper.cancel('the run that began it has gone back');
      return this.finish(run);
    });
    await Promise.race([Promise.allSettled(ends), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    await hostTurn();
    this.isEnding = false;
  }

  /** Stops the motion under way. */
  interrupt(): void {
    this.moving?.stop({ why: 'interrupted', run: undefined });
    this.travelling?.stop();
  }

  /** Nothing in the process can end the motion under way, so it stops. False if there is none of a live run. */
  stall(): boolean {
    const { moving, travelling } = this;
    if (this.all.filter((run) => run.lookAgain()).length > 0) return true;
    this.hasStalled = true;
    travelling?.stop();
    if (moving === undefined || this.live.length === 0) return travelling !== undefined;
    moving.stop({ why: 'stalled', run: undefined });
    return true;
  }

  /** Cancels the runs, and those that begin meanwhile, and lets their clean-up go to its end. */
  async end(reason: string): Promise<void> {
    this.isEnding = true;
    for (let live = this.live; live.length > 0; live = this.live) {
      for (const { stepper } of live) stepper.cancel(reason);
      await Promise.all(live.map((run) => this.finish(run)));
      for (let turn = 0; turn < TURNS; turn++) await hostTurn();
    }
    this.isEnding = false;
  }

  /** Forgets all runs: others are to begin. */
  clear(): void {
    this.all = [];
    this.isLoaded = false;
    this.isOver = false;
  }

  /** To be called when `isLoaded` or `isOver` has been set. */
  noteChange(): void {
    this.changed();
  }

  private async finish(run: DebuggedRun): Promise<void> {
    run.stepper.breakpoints.clear();
    while (!run.isDone) await run.move(ON);
  }

  private drive(run: DebuggedRun, motion: Motion): void {
    const { moving } = this;
    if (moving === undefined) return;
    const driven = run.move(motion).then(
      (step) => {
        this.motions.delete(driven);
        if (step !== undefined && run.stepper.stoppedBy !== undefined) this.listener.brokeAt(run);
        if (run.isDone) this.tellEnd(run, step);
        else if (step !== undefined) moving.stop({ why: 'stepped', run, step });
      },
      (error: unknown) => {
        this.motions.delete(driven);
        moving.stop({ why: 'refused', run, error });
      },
    );
    this.motions.add(driven);
  }

  private tellEnd(run: DebuggedRun, step: Step | undefined): void {
    this.listener.ended(run, step);
    const { moving } = this;
    if (moving === undefined) return;
    moving.isHeld ||= step !== undefined;
    const isMeant = moving.style !== 'through' && moving.run === run;
    if (isMeant || moving.isHeld || this.live.length === 0) void this.settle(run);
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
    const isAsked = moving?.style !== 'through' && moving?.run?.isDone === true;
    if (!isPast()) moving?.stop({ why: 'ended', run: isAsked ? moving.run : run });
  }

  /** Waits until something has changed that makes it true. */
  async until(isTrue: () => boolean): Promise<void> {
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

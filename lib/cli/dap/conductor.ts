/**
 * Conducts the runs of a launched program, in its own process: each is under a stepper, and they move and stand still
 * together.
 *
 *        ┌────── the motion is over, a breakpoint holds, pause ──────┐
 *     moving                                                     standing
 *        └──── continue, next, stepIn, stepOut, stepBack, … ─────────┘
 *
 * One run is moved by what the user has asked for; the others just go on, for it may wait for them. The first that
 * stops stops them all. A run on the virtual clock never gives the host a turn by itself, so it is interrupted every
 * few milliseconds, for messages to be read.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Step } from '../../debug/stepper/step.js';
import type { Stepper } from '../../debug/stepper/stepper-contract.js';
import type { BreakpointTable } from './breakpoint-table.js';
import type { Move, Tell } from './debuggee.js';
import { HostWait, hostTurn } from './host-turn.js';
import { LocalValues } from './local-values.js';
import { lookAt } from './look-at-runs.js';
import { type AnyStepper, type Motion, type Motions, motionsFor, ON } from './moves.js';
import { RequestError } from './request-error.js';
import type { Standing } from './standing.js';
import { type Stop, stopAfter } from './stop-reason.js';
import { baseOf, freeBase } from './thread-ids.js';
import { checkWayBack, goBack, muted } from './time-travel.js';

/** Milliseconds that a run on the virtual clock moves without reading messages. */
const SLICE = 20;

/** Milliseconds that going back waits for the clean-up of runs that it has undone. */
const PATIENCE = 300;

export interface ConductedRun {
  readonly name: string;
  readonly kind: 'virtual' | 'host';
  readonly stepper: AnyStepper;
  /** Called when it has ended for good: nobody can go back any more. */
  readonly onEnd?: () => void;
  /** The run in a step of which it has begun has gone back: it never was. */
  readonly isUndone?: () => boolean;
}

interface Run extends ConductedRun {
  readonly base: number;
  /** A breakpoint that interrupts it when its slice is over. */
  readonly isSliceOver: () => boolean;
  /** The user has seen that it has ended. */
  isEndShown: boolean;
}

interface Options {
  readonly stopOnEntry: boolean;
  readonly stopOnEnd: boolean;
}

export class Conductor {
  /** Told whether there is any live run. */
  onLive: (isAnyLive: boolean) => void = () => {};
  private readonly table: BreakpointTable;
  private readonly tell: Tell;
  private readonly stopsAtEnd: boolean;
  private state: 'moving' | 'standing' | 'ending' = 'moving';
  private runs: readonly Run[] = [];
  /** Those under way. */
  private readonly motions = new Set<Promise<void>>();
  private stop: Stop | undefined;
  /** What is shown, while the program stands. */
  private shown: { readonly standing: Standing; readonly values: LocalValues } | undefined;
  /** The next run is to stop before its first step. */
  private stopsNext: 'entry' | 'pause' | undefined;
  private sliceEnd = 0;
  /** A run goes back: those that it begins again on the way go on, past their breakpoints. */
  private isTravelling = false;
  private ending: Promise<void> | undefined;

  constructor(table: BreakpointTable, tell: Tell, { stopOnEntry, stopOnEnd }: Options) {
    this.table = table;
    this.tell = tell;
    this.stopsNext = stopOnEntry ? 'entry' : undefined;
    this.stopsAtEnd = stopOnEnd;
  }

  /** A run has begun; it has taken no step yet. */
  add(run: ConductedRun): void {
    const base = freeBase(this.runs);
    const added: Run = {
      ...run,
      base,
      isSliceOver: () => performance.now() >= this.sliceEnd,
      isEndShown: false,
    };
    if (run.isUndone?.() === true) {
      void this.forget([added]);
      return;
    }
    this.runs = [...this.runs, added];
    this.setBreakpointsOf(added);
    this.onLive(true);
    if (run.kind === 'virtual') this.tell({ event: 'canGoBack' });
    if (this.state === 'ending') void this.finish(added);
    else if (this.state === 'moving') {
      const reason = this.stopsNext;
      this.stopsNext = undefined;
      if (reason === undefined) this.drive(added, ON);
      else void this.halt({ body: { reason, threadId: base + 1 } });
    }
  }

  /** The breakpoints have changed. */
  applyBreakpoints(): void {
    for (const run of this.runs) this.setBreakpointsOf(run);
    // A motion goes by those that were set when it began: it is interrupted, and resumed with the new ones.
    if (this.state === 'moving') this.interrupt();
  }

  move(move: Move, threadId: number): void {
    this.checkStanding();
    const run = this.runs.find(({ base }) => base === baseOf(threadId));
    // To continue is to let all go, whoever is named.
    if (move === 'continue') this.moveOn(undefined, ON);
    else if (run === undefined) throw new RequestError(`There is no task #${threadId}: its run has ended.`);
    else if (move === 'stepBack' || move === 'reverseContinue') this.goBack(run, move);
    else this.moveOn(run, motionsFor(move, run.stepper, threadId - run.base, this.depthOf(threadId)));
  }

  pause(threadId: number): void {
    if (this.state !== 'moving') throw new RequestError('The program stands still already.');
    const run = this.runs.find(({ base }) => base === baseOf(threadId)) ?? this.runs[0];
    if (run === undefined) this.stopsNext = 'pause';
    else void this.halt({ body: { reason: 'pause', threadId: lastThreadOf(run) } });
  }

  /** Cancels all runs, and those that begin meanwhile, and lets them go to their ends. */
  end(): Promise<void> {
    this.ending ??= this.endAll();
    return this.ending;
  }

  threads(): DebugProtocol.Thread[] {
    if (this.state === 'standing') return this.standing.threads();
    using values = new LocalValues();
    return lookAt(this.runs, values).threads();
  }

  /** What is shown at this stop. @throws RequestError while the program moves. */
  get standing(): Standing {
    this.checkStanding();
    if (this.shown === undefined) {
      const values = new LocalValues();
      this.shown = { values, standing: lookAt(this.runs, values) };
    }
    return this.shown.standing;
  }

  exceptionInfo(threadId: number): DebugProtocol.ExceptionInfoResponse['body'] {
    this.checkStanding();
    if (this.stop?.info === undefined || this.stop.body.threadId !== threadId) {
      throw new RequestError('The program has not stopped at this task because of an error.');
    }
    return this.stop.info;
  }

  private checkStanding(): void {
    if (this.state !== 'standing') throw new RequestError('The program is running: pause it first.');
  }

  private depthOf(threadId: number): number {
    return Math.max(0, this.standing.find(threadId).task.frames.length - 1);
  }

  private setBreakpointsOf({ stepper, kind, isSliceOver }: Run): void {
    this.table.apply(stepper.breakpoints);
    if (kind === 'virtual') stepper.breakpoints.add(isSliceOver);
  }

  /** From here on the program moves. */
  private leave(): void {
    this.shown?.values[Symbol.dispose]();
    this.shown = undefined;
    this.stop = undefined;
    this.state = 'moving';
  }

  /** Moves one run so, and lets the others go on. */
  private moveOn(run: Run | undefined, motions: Motions): void {
    this.leave();
    for (const other of this.runs) this.drive(other, other === run ? motions : ON);
  }

  private drive(run: Run, motions: Motions): void {
    this.watch(this.follow(run, motions));
  }

  /** Notes that a motion is under way; when it gives a reason to stop, the program does. */
  private watch(motion: Promise<Stop | undefined>): void {
    const watched = motion.then((stop) => {
      this.motions.delete(watched);
      if (stop !== undefined) void this.halt(stop);
    });
    this.motions.add(watched);
  }

  /** Moves a run until there is a reason to stop, or until it has ended. */
  private async follow(run: Run, { begin, resume }: Motions): Promise<Stop | undefined> {
    await hostTurn(); // who has asked for it is answered first: the step may take long
    for (let motion = begin; this.state === 'moving'; motion = resume) {
      const step = await this.carryOut(run, motion, resume);
      if (this.isTravelling) {
        if (step === undefined && run.stepper.isDone) run.isEndShown = true;
      } else if (step !== undefined) {
        const stop = await this.stopAfter(run, step);
        if (stop !== undefined) return stop;
      }
      if (step === undefined && run.stepper.isDone) return this.ended(run);
    }
    return undefined;
  }

  /** A motion, with all that it must be interrupted for. Undefined: the run has ended, or the program stops. */
  private async carryOut(
    { stepper, isSliceOver }: Run,
    begin: Motion,
    resume: Motion,
  ): Promise<Step | undefined> {
    const wait = new HostWait();
    const { state } = this;
    for (let motion = begin; ; motion = resume) {
      this.sliceEnd = performance.now() + SLICE;
      try {
        const step = await motion(stepper);
        if (step === undefined || stepper.stoppedBy !== isSliceOver) return step;
        if (stepper.isDone) return undefined; // its end is told before the host goes on with what waits for it
        wait.reset();
        await hostTurn();
      } catch (error) {
        if (!isForeignWait(error)) throw error;
        await wait.next(stepper.last);
      }
      if (this.state !== state) return undefined;
    }
  }

  private stopAfter(run: Run, step: Step): Promise<Stop | undefined> {
    return stopAfter(step, this.table.find(run.stepper.holding), run, this.tell);
  }

  /** The program stops: all runs do, and when they have, the editor is told. */
  private async halt(stop: Stop): Promise<void> {
    if (this.state !== 'moving') return; // another was first
    this.state = 'standing';
    this.stop = stop;
    this.interrupt();
    await Promise.all(this.motions);
    await hostTurn(); // what was asked for is answered before
    if (this.stop === stop) this.tell({ event: 'stopped', body: stop.body });
  }

  private interrupt(): void {
    for (const { stepper } of this.runs) if ('pause' in stepper) stepper.pause();
  }

  private goBack(run: Run, move: 'stepBack' | 'reverseContinue'): void {
    const { stepper } = run;
    checkWayBack(stepper);
    this.leave();
    run.isEndShown = false;
    const traveller = {
      stepper: stepper as Stepper<unknown>,
      carryOut: (begin: Motion, resume: Motion) => this.carryOut(run, begin, resume),
      stopAfter: (step: Step) => this.stopAfter(run, step),
    };
    const travel = async (): Promise<Stop> => {
      using _ = muted(); // the runs that it begins again on the way write, too
      this.isTravelling = true;
      const stop = await goBack(move, traveller);
      await this.forget(this.runs.filter(({ isUndone }) => isUndone?.() === true));
      if (stop !== undefined) return stop;
      const reason = stepper.last === undefined ? 'entry' : 'step';
      return { body: { reason, threadId: lastThreadOf(run) } };
    };
    this.watch(
      travel()
        .catch((error: unknown) => {
          const text = `The program cannot go back: ${(error as Error).message}`;
          this.tell({ event: 'output', category: 'important', output: `${text}\n` });
          return { body: { reason: 'pause', threadId: lastThreadOf(run), text } };
        })
        .finally(() => {
          this.isTravelling = false;
        }),
    );
  }

  /** Cancels runs and lets them clean up, of which nobody is to hear any more. */
  private async forget(runs: readonly Run[]): Promise<void> {
    if (runs.length === 0) return;
    this.runs = this.runs.filter((run) => !runs.includes(run));
    using _ = muted();
    const ends = Promise.allSettled(runs.map((run) => this.finish(run)));
    process.on('unhandledRejection', ignoreCancelled); // who would have handled it was undone, too
    await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    await hostTurn();
    process.off('unhandledRejection', ignoreCancelled);
  }

  private ended(run: Run): Stop | undefined {
    if (this.stopsAtEnd && run.kind === 'virtual' && !run.isEndShown) {
      run.isEndShown = true;
      const text = 'The run has ended. Continue to let it go, or step back.';
      return {
        body: { reason: 'pause', threadId: lastThreadOf(run), description: 'Paused at the end', text },
      };
    }
    this.runs = this.runs.filter((other) => other !== run);
    run.onEnd?.();
    if (this.runs.length === 0) this.onLive(false);
    return undefined;
  }

  private async endAll(): Promise<void> {
    this.leave();
    this.state = 'ending';
    this.interrupt();
    await Promise.all(this.motions);
    await Promise.all(this.runs.map((run) => this.finish(run)));
  }

  /** Cancels a run and lets it go to its end. */
  private async finish(run: Run): Promise<void> {
    const { stepper } = run;
    stepper.breakpoints.clear();
    if (run.kind === 'virtual') stepper.breakpoints.add(run.isSliceOver);
    if (!stepper.isDone) stepper.cancel('the debugger has ended the program');
    while (!stepper.isDone) await this.carryOut(run, ON.begin, ON.resume);
    run.isEndShown = true;
    this.ended(run);
  }
}

function lastThreadOf({ base, stepper }: Run): number {
  return base + (stepper.last?.task.id ?? 1);
}

/** Any other error goes the way that it goes without a listener. */
function ignoreCancelled(error: unknown): void {
  if ((error as Error | undefined)?.name !== 'Cancelled') throw error;
}

/** The program may have a copy of the library of its own, with a class of its own. */
function isForeignWait(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'ForeignWaitError';
}

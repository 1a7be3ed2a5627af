/**
 * A run under a stepper, moved in one way whatever its backend is: a motion gives a promise, and can be stopped on the
 * way. On the virtual clock a motion is a plain call, which would leave the host no turn: so it is interrupted every
 * few milliseconds, and when it waits for something outside of the run, it is taken up again when that may have come.
 */
import { printable } from '../../base/printable.js';
import type { Step } from '../../debug/stepper/step.js';
import type { SteppedProgram } from '../../debug/stepper/step-runs.js';
import type { AsyncStepper, Stepper } from '../../debug/stepper/stepper-contract.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import { HostWait, hostTurn } from '../dap/host-turn.js';

export type AnyStepper = Stepper<unknown> | AsyncStepper<unknown>;

/** Begins a motion. */
export type Begin = (stepper: AnyStepper) => Step | undefined | Promise<Step | undefined>;

export interface Motion {
  readonly begin: Begin;
  /** Takes it up again after an interruption. */
  readonly resume: Begin;
}

const resume: Begin = (stepper) => stepper.resume();

export const ON: Motion = { begin: (stepper) => stepper.continue(), resume };
export const OVER: Motion = { begin: (stepper) => stepper.stepOver(), resume };
export const OUT: Motion = { begin: (stepper) => stepper.stepOut(), resume };

/** One step; an interruption comes before it, so that taking it up is beginning it. */
export function single(begin: Begin): Motion {
  return { begin, resume: begin };
}

/** Milliseconds that a run on the virtual clock moves without giving the host a turn. */
const SLICE = 20;

/** What a run without a name is called. */
export const UNNAMED = 'the run';

export class DebuggedRun {
  readonly number: number;
  /** 'run of crawl'; 'run "jobs"' if the program has given it a name. */
  readonly name: string;
  readonly stepper: AnyStepper;
  readonly isVirtual: boolean;
  /** A task is one of this run. */
  readonly owns: (task: TaskInfo) => boolean;
  /** The run in a step of which it has begun has gone back: it never was. */
  readonly isUndone: () => boolean;
  /** On its clock. */
  readonly begin: number;
  private sliceEnd = 0;
  private isStopped = false;
  private readonly wait = new HostWait();
  private readonly isSliceOver = (): boolean => performance.now() >= this.sliceEnd;

  constructor(number: number, program: SteppedProgram) {
    const { name, stepper, owns, isUndone } = program;
    this.isVirtual = program.kind === 'virtual';
    this.number = number;
    this.name = printable(name === UNNAMED ? `run of ${stepper.ready[0]?.name ?? 'main'}` : name);
    this.stepper = stepper;
    this.owns = owns;
    this.isUndone = isUndone;
    this.begin = stepper.time;
  }

  get isDone(): boolean {
    return this.stepper.isDone;
  }

  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** It has ended by this very error. */
  hasEndedBy(error: unknown): boolean {
    const { failure } = this;
    return failure !== undefined && failure.error === error;
  }

  private get failure(): { readonly error: unknown } | undefined {
    if (!this.isDone) return undefined;
    try {
      this.stepper.result;
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** The stepper, if it can go back. */
  get timeTravel(): Stepper<unknown> | undefined {
    return 'goTo' in this.stepper ? this.stepper : undefined;
  }

  /** Undefined: the run has ended, or `stop` was called. Rejects with what the motion throws. */
  async move(motion: Motion): Promise<Step | undefined> {
    this.isStopped = false;
    if (this.timeTravel !== undefined) {
      // Behind all the others: a breakpoint of the user's that holds at the same step comes first.
      this.stepper.breakpoints.delete(this.isSliceOver);
      this.stepper.breakpoints.add(this.isSliceOver);
    }
    const { wait } = this;
    wait.reset();
    for (let { begin } = motion; ; begin = motion.resume) {
      this.sliceEnd = performance.now() + SLICE;
      try {
        const step = await begin(this.stepper);
        if (step === undefined || this.stepper.stoppedBy !== this.isSliceOver) return step;
        if (this.isDone) return undefined; // its end is told before the host goes on with what waits for it
        wait.reset();
        await hostTurn();
      } catch (error) {
        if (!isForeignWait(error)) throw error;
        await wait.next(this.stepper.last);
      }
      if (this.isStopped) return undefined;
    }
  }

  /** Goes to the moment after a step, back or forward. False: `stop` was called before it was there. */
  async goTo(index: number, onWait: () => void): Promise<boolean> {
    const { timeTravel } = this;
    const { wait } = this;
    wait.reset();
    this.isStopped = false;
    while (!this.isStopped) {
      try {
        timeTravel?.goTo(index);
        return true;
      } catch (error) {
        if (!isForeignWait(error)) throw error;
      }
      onWait();
      await wait.next(timeTravel?.last);
    }
    return false;
  }

  /** The process has nothing left to do. True: it is seen once more whether the run can go on. */
  lookAgain(): boolean {
    return this.wait.lookAgain();
  }

  /** Stops the motion under way. */
  stop(): void {
    this.isStopped = true;
    this.wait.end();
    if ('pause' in this.stepper) this.stepper.pause();
  }
}

/** The program may have a copy of the library of its own, with a class of its own. */
function isForeignWait(error: unknown): boolean {
  return error instanceof Error && error.name === 'ForeignWaitError';
}

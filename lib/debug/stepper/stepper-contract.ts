/** What a stepper is: a run that stands still, and goes on only when it is told to. See `stepper.ts`. */
import type { TaskInfo } from '../../kernel/instrument.js';
import type { TaskHandle } from '../../tasks/task-handle.js';
import type { TaskSnapshot } from '../inspect/task-snapshot.js';
import type { Breakpoint, Breakpoints } from './breakpoint.js';
import type { Step } from './step.js';

/** What both steppers have. `R` is what a motion gives: a step, or a promise of one where the host must be waited for. */
interface Motions<R> {
  /** Resumes the first ready coroutine until it next yields, returns or throws. Undefined: the run has ended. */
  step(): R;
  /** Resumes this task out of its turn. It must be ready. */
  stepTask(task: TaskHandle<unknown, unknown> | TaskInfo): R;
  /** Goes on until the task of the last step yields at its present frame depth or above. */
  stepOver(): R;
  /** Goes on until the frame of the last step has ended. */
  stepOut(): R;
  /** Goes on until the breakpoint holds; undefined: it never did and the run has ended. */
  runUntil(breakpoint: Breakpoint): R;
  /** Goes on until one of `breakpoints` holds, or to the end. */
  continue(): R;
  /**
   * Goes on with the last motion of several steps, which something else has stopped: a breakpoint, `pause`, a wait for
   * the host. As `continue` if there is none to go on with.
   */
  resume(): R;
}

interface Sight<T> {
  /** They stop `continue`, and all the other motions that take more than one step. */
  readonly breakpoints: Breakpoints;
  /** The steps taken so far, oldest first; of a long run the last 100,000 at least. */
  readonly history: readonly Step[];
  /** The last of them. */
  readonly last: Step | undefined;
  /** Which of `breakpoints` has stopped the last motion; undefined: it came to its own end. */
  readonly stoppedBy: Breakpoint | undefined;
  /** All of them that held there, in the order in which they were added. */
  readonly holding: readonly Breakpoint[];
  /** The tasks in the ready queue, in order. */
  readonly ready: readonly TaskInfo[];
  /**
   * Every live task, in the order of their creation; `children` gives the tree. With an id only that one, without its
   * children: that is quick among thousands, too.
   */
  tasks(id?: number): readonly TaskSnapshot[];
  readonly isDone: boolean;
  /** What main returned; throws what it threw, and an error while it has not ended. */
  readonly result: T;
  /** Milliseconds on the clock of the run. */
  readonly time: number;
  /** Cancels main, as `run.cancel` does. The motions that follow show how it ends. */
  cancel(reason?: unknown): void;
}

/** On the virtual clock: everything is synchronous, and going back is exact re-execution. */
export interface Stepper<T> extends Motions<Step | undefined>, Sight<T>, Disposable {
  /** Goes back by `n` steps. See `createStepper` for what is not set back. */
  back(n?: number): void;
  /** Goes to the moment after step `index`, back or forward; 0 is the beginning. Forward the way it went before. */
  goTo(index: number): void;
}

/** On a real backend: a motion waits until a task is ready, and real I/O goes on while no coroutine is stepped. */
export interface AsyncStepper<T> extends Motions<Promise<Step | undefined>>, Sight<T>, AsyncDisposable {
  /** Ends the motion under way where it is: its promise gives undefined, though the run has not ended. */
  pause(): void;
}

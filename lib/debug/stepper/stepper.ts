/**
 * Steps a program by hand.
 *
 * A stepper is a run that stands still. `step` resumes one coroutine until it yields, returns or throws, and reports
 * that; the other motions take as many steps as they need. In between everything can be looked at: who is ready, where
 * every task stands, what has happened so far. Taken from start to end, the steps are those that `run` would have
 * taken, with the same result and the same events for instruments.
 */
import { resolveBackend } from '../../backends/registry.js';
import { VirtualBackend } from '../../backends/virtual.js';
import type { Backend } from '../../kernel/backend.js';
import type { Operation } from '../../kernel/effect.js';
import { checkRun, type RunOptions, RunState } from '../../run.js';
import { HostStepper } from './async-stepper.js';
import { Happenings } from './happenings.js';
import { INSPECTOR_SIGHT } from './inspector-sight.js';
import type { Sight } from './sight.js';
import { SteppedLoop } from './stepped-loop.js';
import { SteppedRun } from './stepped-run.js';
import type { AsyncStepper, Stepper } from './stepper-contract.js';
import { neverStarted, VirtualStepper } from './virtual-stepper.js';

type Main<T> = (this: void) => Operation<T>;

export interface VirtualStepperOptions extends Omit<RunOptions, 'backend'> {
  /** A clock of one's own must serve no other run, or the stepper cannot go back. */
  backend?: 'virtual' | VirtualBackend;
}

export interface AsyncStepperOptions extends Omit<RunOptions, 'backend'> {
  backend: 'node' | 'web' | Backend;
}

/**
 * Makes a stepper of a program: nothing of it has run yet.
 *
 * On the virtual clock (the default) every motion is a plain function call, and the stepper can go back: it executes
 * main anew, up to the step wanted. That is exact for all that lies within main. What lies outside is not set back, and
 * what the program does to it is done again: variables of modules, files, the console; Math.random() and the time of
 * day give other values. A program that goes another way because of them is found out, by an error that names the step.
 * The execution that is left behind is cancelled and cleans up first, unheard by the instruments, which hear the new
 * one from its start. A program that waits for something outside gets no further here: see `ForeignWaitError`.
 *
 * With a real backend the motions give promises, real I/O goes on while the program stands, and there is no way back.
 * The types know it by the option `backend`; options of the wide type `RunOptions` are taken for those of a `Stepper`.
 *
 * Dispose of a stepper that has not come to the end: main is cancelled, and its clean-up runs to the end. What that
 * throws is thrown there.
 *
 * @throws TypeError or RangeError if main is no function or the options are wrong.
 * @throws what main throws if it is called and gives no coroutine.
 * @example
 *     const stepper = createStepper(main);
 *     stepper.breakpoints.add('app.ts:12');
 *     for (let step = stepper.continue(); step !== undefined; step = stepper.stepOver()) {
 *       console.log(step.task.name, step.effect ?? step.kind, step.location?.line);
 *     }
 *     console.log(stepper.result);
 */
export function createStepper<T>(main: Main<T>, options?: VirtualStepperOptions): Stepper<T>;
export function createStepper<T>(main: Main<T>, options: AsyncStepperOptions): AsyncStepper<T>;
export function createStepper<T>(main: Main<T>, options?: RunOptions): Stepper<T>;
export function createStepper<T>(main: Main<T>, options: RunOptions = {}): Stepper<T> | AsyncStepper<T> {
  checkRun('createStepper', main, options);
  const backend = resolveBackend(options.backend ?? 'virtual');
  if (backend instanceof VirtualBackend)
    return new VirtualStepper<T>(main, backend, options, INSPECTOR_SIGHT);
  return hostStepper<T>(main, backend, options, INSPECTOR_SIGHT);
}

function hostStepper<T>(main: Main<T>, backend: Backend, options: RunOptions, sight: Sight): AsyncStepper<T> {
  const { signal } = options;
  const isAborted = signal?.aborted === true;
  const happenings = new Happenings();
  let loop: SteppedLoop | undefined;
  // With a signal that is aborted main is not started, and nobody hears of it (rule L9). Something must stand in its place.
  const state = new RunState<T>(
    isAborted ? neverStarted : main,
    backend,
    (turn) => backend.connect(turn),
    isAborted ? {} : options,
    false,
    {
      instruments: () => [happenings],
      loopFor: (_beginning, parts) => {
        loop = new SteppedLoop(parts, true, sight.watching);
        return loop;
      },
    },
  );
  const stepper = new HostStepper<T>(new SteppedRun(loop as SteppedLoop, happenings, sight), sight);
  if (isAborted) state.loop.crash(signal.reason);
  return stepper;
}

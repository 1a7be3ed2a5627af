/**
 * Steppers for runs that a program starts itself: `treadle debug FILE` loads a program, the program calls `run`, and
 * the run stands still until the debugger moves it.
 */
import { VirtualBackend } from '../backends/virtual.js';
import { describe } from '../base/durations.js';
import type { Backend } from '../kernel/backend.js';
import type { Operation } from '../kernel/effect.js';
import { observeRuns, type RunBeginning, type RunObserver } from '../kernel/run-observer.js';
import type { RunOptions } from '../run.js';
import { RunPromise } from '../tasks/run-promise.js';
import { HostStepper } from './async-stepper.js';
import { Happenings } from './happenings.js';
import { INSPECTOR_SIGHT } from './inspector-sight.js';
import type { Sight } from './sight.js';
import { SteppedLoop } from './stepped-loop.js';
import { SteppedRun } from './stepped-run.js';
import type { AsyncStepper, Stepper } from './stepper-contract.js';
import { VirtualStepper } from './virtual-stepper.js';

/** A run that the program has begun, and that waits to be stepped. */
export type SteppedProgram =
  | { readonly kind: 'virtual'; readonly name: string; readonly stepper: Stepper<unknown> }
  | { readonly kind: 'host'; readonly name: string; readonly stepper: AsyncStepper<unknown> };

/**
 * Puts every run that begins from now on under a stepper. A run on the virtual backend gets one that can go back, and
 * its promise settles when the run first ends; any other gets an asynchronous one. `runSync` runs as ever, for nobody
 * could step it: the program waits for it.
 *
 * @param onRun Told of each run before its first step, in a microtask.
 * @throws Error if the runs of this process are observed already.
 * @example
 *     using _ = stepRuns(({ stepper }) => debug(stepper));
 *     await import('./app.js');
 */
export function stepRuns(onRun: (program: SteppedProgram) => void): Disposable {
  if (typeof onRun !== 'function') {
    throw new TypeError(`stepRuns(onRun) takes a function, not ${describe(onRun)}`);
  }
  return observeRuns(new SteppingObserver(onRun, INSPECTOR_SIGHT));
}

class SteppingObserver implements RunObserver {
  private readonly onRun: (program: SteppedProgram) => void;
  private readonly sight: Sight;
  private readonly happenings = new WeakMap<RunBeginning, Happenings>();

  constructor(onRun: (program: SteppedProgram) => void, sight: Sight) {
    this.onRun = onRun;
    this.sight = sight;
  }

  takeOver<T>(main: () => Operation<T>, backend: Backend, options: RunOptions): Promise<T> | undefined {
    if (!(backend instanceof VirtualBackend)) return undefined;
    const stepper = new VirtualStepper(main, backend, options, this.sight);
    const promise = RunPromise.of<T>(stepper);
    queueMicrotask(() => this.onRun({ kind: 'virtual', name: stepper.loop.name, stepper }));
    return promise;
  }

  instruments(run: RunBeginning): readonly Happenings[] {
    if (run.isSync) return [];
    const happenings = new Happenings();
    this.happenings.set(run, happenings);
    return [happenings];
  }

  loopFor(run: RunBeginning, parts: ConstructorParameters<typeof SteppedLoop>[0]): SteppedLoop | undefined {
    const happenings = this.happenings.get(run);
    if (happenings === undefined) return undefined;
    const loop = new SteppedLoop(parts, true, this.sight.watching);
    const stepper = new HostStepper<unknown>(new SteppedRun(loop, happenings, this.sight), this.sight);
    queueMicrotask(() => this.onRun({ kind: 'host', name: run.name, stepper }));
    return loop;
  }
}

/**
 * Steppers for runs that a program starts itself: `treadle debug FILE` loads a program, the program calls `run`, and
 * the run stands still until the debugger moves it.
 */
import { inCallersContext } from '../../backends/node-context.js';
import { type BackendName, resolveBackend } from '../../backends/registry.js';
import { VirtualBackend } from '../../backends/virtual.js';
import { describe } from '../../base/durations.js';
import { checkOptions } from '../../base/options.js';
import type { Backend } from '../../kernel/backend.js';
import type { Operation } from '../../kernel/effect.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import {
  type LoopParts,
  observeRuns,
  type RunBeginning,
  type RunObserver,
} from '../../kernel/run-observer.js';
import type { RunOptions } from '../../run.js';
import { RunPromise } from '../../tasks/run-promise.js';
import type { AbstractStepper } from './abstract-stepper.js';
import { HostStepper } from './async-stepper.js';
import { Happenings } from './happenings.js';
import { INSPECTOR_SIGHT } from './inspector-sight.js';
import type { Sight } from './sight.js';
import { SteppedLoop } from './stepped-loop.js';
import { SteppedRun } from './stepped-run.js';
import type { AsyncStepper, Stepper } from './stepper-contract.js';
import { VirtualStepper } from './virtual-stepper.js';

/** A run that the program has begun, and that waits to be stepped. */
export type SteppedProgram = {
  readonly name: string;
  /** A task that an instrument was told of is one of this run. */
  readonly owns: (task: TaskInfo) => boolean;
  /** It was begun in a step of another run, whose stepper has gone back since. */
  readonly isUndone: () => boolean;
} & (
  | { readonly kind: 'virtual'; readonly stepper: Stepper<unknown> }
  | { readonly kind: 'host'; readonly stepper: AsyncStepper<unknown> }
);

export function steppedVirtually(name: string, stepper: VirtualStepper<unknown>): SteppedProgram {
  return { kind: 'virtual', name, ...common(stepper), stepper };
}

export function steppedOnHost(name: string, stepper: HostStepper<unknown>): SteppedProgram {
  return { kind: 'host', name, ...common(stepper), stepper };
}

function common(stepper: AbstractStepper<unknown, unknown>): Pick<SteppedProgram, 'owns' | 'isUndone'> {
  return { owns: (task) => stepper.owns(task), isUndone: () => stepper.isUndone };
}

export interface StepRunsOptions {
  /** In the place of the one that each run names. */
  readonly backend?: BackendName | Backend;
}

/**
 * Puts every run that begins from now on under a stepper. A run on the virtual backend gets one that can go back, and
 * its promise settles when the run first ends; any other gets an asynchronous one. `runSync` runs as ever, for nobody
 * could step it: the program waits for it.
 *
 * With `backend: 'virtual'` all runs get such a clock, each its own, and can go back, that of `main()` too.
 *
 * @param onRun Told of each run before its first step, in a microtask.
 * @throws RangeError or TypeError if the option backend names none.
 * @throws Error if the runs of this process are observed already.
 * @example
 *     using _ = stepRuns(({ stepper }) => debug(stepper));
 *     await import('./app.js');
 */
export function stepRuns(
  onRun: (program: SteppedProgram) => void,
  options: StepRunsOptions = {},
): Disposable {
  if (typeof onRun !== 'function') {
    throw new TypeError(`stepRuns(onRun) takes a function, not ${describe(onRun)}`);
  }
  checkOptions(options, 'stepRuns(onRun, options)');
  const { backend } = options;
  if (backend !== undefined) resolveBackend(backend);
  return observeRuns(new SteppingObserver(onRun, backend, INSPECTOR_SIGHT));
}

class SteppingObserver implements RunObserver {
  private readonly onRun: (program: SteppedProgram) => void;
  private readonly backend: BackendName | Backend | undefined;
  private readonly sight: Sight;
  private readonly happenings = new WeakMap<RunBeginning, Happenings>();

  constructor(
    onRun: (program: SteppedProgram) => void,
    backend: BackendName | Backend | undefined,
    sight: Sight,
  ) {
    this.onRun = onRun;
    this.backend = backend;
    this.sight = sight;
  }

  takeOver<T>(main: () => Operation<T>, named: Backend, options: RunOptions): Promise<T> | undefined {
    const backend = this.backend === undefined ? named : resolveBackend(this.backend);
    if (!(backend instanceof VirtualBackend)) return undefined;
    const stepper = new VirtualStepper(main, backend, options, this.sight);
    const promise = RunPromise.of<T>(stepper);
    queueMicrotask(() => this.onRun(steppedVirtually(stepper.loop.name, stepper)));
    return promise;
  }

  instruments(run: RunBeginning): readonly Happenings[] {
    if (run.isSync) return [];
    const happenings = new Happenings();
    this.happenings.set(run, happenings);
    return [happenings];
  }

  loopFor(run: RunBeginning, parts: LoopParts): SteppedLoop | undefined {
    const happenings = this.happenings.get(run);
    if (happenings === undefined) return undefined;
    const loop = new SteppedLoop(this.onBackend(parts), true, this.sight.watching);
    const stepper = new HostStepper<unknown>(new SteppedRun(loop, happenings, this.sight), this.sight);
    queueMicrotask(() => this.onRun(steppedOnHost(run.name, stepper)));
    return loop;
  }

  private onBackend(parts: LoopParts): LoopParts {
    if (this.backend === undefined) return parts;
    const backend = resolveBackend(this.backend);
    const [, , ...others] = parts;
    return [backend, (turn) => backend.connect(inCallersContext(turn)), ...others];
  }
}

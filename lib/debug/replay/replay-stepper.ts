/** The stepper of a replay: one that can go back, whose executions take what comes from outside from a recording. */
import { VirtualBackend } from '../../backends/virtual.js';
import { makeController } from '../../base/own-signal.js';
import type { Operation } from '../../kernel/effect.js';
import type { LoopParts } from '../../kernel/run-observer.js';
import type { RunOptions } from '../../run.js';
import type { Happenings } from '../stepper/happenings.js';
import { INSPECTOR_SIGHT } from '../stepper/inspector-sight.js';
import { type Executor, VirtualStepper } from '../stepper/virtual-stepper.js';
import type { ReplayOrder } from './order.js';
import { readingBy } from './readings.js';
import type { RecordedRun } from './recording.js';
import { ReplayLoop } from './replay-loop.js';
import { ReplayRun } from './replay-run.js';
import { ReplayScript } from './script.js';
import type { Stage } from './stage.js';

/** The other runs that are replayed together with one. */
export interface Company {
  readonly order: ReplayOrder;
  /** Does the work of a turn, in which others may begin. */
  around(work: () => void): void;
  /** Moves them as far as they come before the next step of the one that waits. False: none has moved. */
  moveOthers(): boolean;
  /** One begins anew: those that it had begun before never were. */
  forgetUndone(): void;
}

/** A stepper that takes `main` through a recorded run. */
export function stepperOf<T>(
  main: () => Operation<T>,
  run: RecordedRun,
  company: Company,
  { signal, ...options }: RunOptions,
): VirtualStepper<T> {
  return new VirtualStepper<T>(
    main,
    new VirtualBackend(),
    options,
    INSPECTOR_SIGHT,
    new ReplayExecutor(run, company, signal),
  );
}

/** The signal of the recorded run, which aborts when that did. */
export class ReplaySignal implements Stage {
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
  private readonly company: Company;
  private readonly original: AbortSignal | undefined;
  private signal: ReplaySignal | null = null;

  constructor(recorded: RecordedRun, company: Company, original: AbortSignal | undefined) {
    this.recorded = recorded;
    this.company = company;
    this.original = original;
  }

  optionsFor(options: RunOptions): RunOptions {
    if (this.original === undefined) return options;
    this.signal = new ReplaySignal(this.original);
    return { ...options, signal: this.signal.signal };
  }

  loopFor(parts: LoopParts): ReplayLoop {
    const script = new ReplayScript(this.recorded);
    const { signal, company } = this;
    company.forgetUndone();
    const loop = readingBy(
      null,
      () =>
        new ReplayLoop(
          parts,
          (work) => company.around(work),
          script,
          signal ?? NO_SIGNAL,
          company.order,
          'stepped',
        ),
    );
    if (signal !== null) signal.loop = loop;
    return loop;
  }

  runOf(loop: ReplayLoop, happenings: Happenings): ReplayRun {
    return new ReplayRun(loop, happenings, INSPECTOR_SIGHT);
  }

  moveOthers(): boolean {
    return this.company.moveOthers();
  }

  leave(loop: ReplayLoop): void {
    loop.leave();
  }
}

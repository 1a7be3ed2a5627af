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

/** A stepper that takes `main` through a recorded run. */
export function stepperOf<T>(
  main: () => Operation<T>,
  run: RecordedRun,
  order: ReplayOrder,
  { signal, ...options }: RunOptions,
): VirtualStepper<T> {
  return new VirtualStepper<T>(
    main,
    new VirtualBackend(),
    options,
    INSPECTOR_SIGHT,
    new ReplayExecutor(run, order, signal),
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
  private readonly order: ReplayOrder;
  private readonly original: AbortSignal | undefined;
  private signal: ReplaySignal | null = null;

  constructor(recorded: RecordedRun, order: ReplayOrder, original: AbortSignal | undefined) {
    this.recorded = recorded;
    this.order = order;
    this.original = original;
  }

  optionsFor(options: RunOptions): RunOptions {
    if (this.original === undefined) return options;
    this.signal = new ReplaySignal(this.original);
    return { ...options, signal: this.signal.signal };
  }

  loopFor(parts: LoopParts): ReplayLoop {
    const script = new ReplayScript(this.recorded);
    const { signal, order } = this;
    const loop = readingBy(
      null,
      () => new ReplayLoop(parts, (work) => work(), script, signal ?? NO_SIGNAL, order, 'stepped'),
    );
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

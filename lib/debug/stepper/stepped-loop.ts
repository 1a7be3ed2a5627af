/**
 * A loop that stands still, and goes on only when it is told to.
 *
 * The ordinary loop goes on inside one step of a task as long as there is nothing to wait for: through `call`, into
 * a scope or a group, down the frames when a coroutine returns. Here each resumption of a coroutine stands by itself:
 *
 *     Loop.step(main)                 SteppedLoop
 *       main: yield* call(child)      1. main yields `call`, and the loop may stand still
 *         child: yield* sleep(5)      2. child yields `sleep(5)`: the step of main is over
 *       ─── parked ───
 *         child: return 7             3. child returns, and the loop may stand still
 *       main: return 7                4. main returns: the step, and the task, are over
 *
 * Between 1 and 2 the task is *in mid-step*: nothing else may run then (rule L3), neither a task nor a timer, so that
 * what happens in which order, and what instruments hear of it, is exactly what the ordinary loop does.
 *
 * `step` is the twin of `steps` in `kernel/loop.ts`, without its loops. Who changes one changes the other; the
 * properties in spec/debug hold them against each other.
 */
import { currentLoop } from '../../kernel/current.js';
import { type Effect, KIND, resuming } from '../../kernel/effect.js';
import type { Instruments } from '../../kernel/instrument.js';
import type { EffectKind } from '../../kernel/kind.js';
import { Loop } from '../../kernel/loop.js';
import { generatorNext, generatorThrow, thrownValue, yieldError } from '../../kernel/operation.js';
import type { LoopParts } from '../../kernel/run-observer.js';
import { SLICE } from '../../kernel/slice.js';
import type { Task } from '../../kernel/task.js';
import { PARKED, RUNNING, THROWING } from '../../kernel/task-state.js';

/** How one coroutine was resumed, and what it did: overwritten by the next. */
export interface Resumption {
  /** What it was resumed with: thrown into it, or given to it. */
  threwInto: boolean;
  input: unknown;
  /** What it did. */
  kind: 'yielded' | 'returned' | 'threw';
  value: unknown;
}

/** Who moves the loop. */
export interface Mover {
  /** Nothing else has run since the last call; `task` is about to be resumed. */
  beforeStep(task: Task): void;
  /** A coroutine of `task` has been resumed. True: the loop goes on, if the run has not ended. */
  afterStep(task: Task, resumption: Resumption): boolean;
  /** The run has ended, perhaps within a step: `afterStep` then still follows. */
  ended(ok: boolean, value: unknown): void;
  /** The turn in which the run ended is over: nothing more will come. */
  over(): void;
}

export class SteppedLoop extends Loop {
  declare instruments: Instruments | null;
  /** It moves; set by `go`, and false again when it stands still. */
  isMoving = false;
  /** Set before the first turn. */
  mover: Mover | null = null;
  /** The loop in a step of which the run has begun. */
  outer: SteppedLoop | null = currentLoop instanceof SteppedLoop ? currentLoop : null;
  /** A debugger has gone back to before this execution. */
  wasUndone = false;
  /** Whether the host must be given turns: a synchronous stepper gives none. */
  private readonly servesHost: boolean;
  /** Calls the work of a turn: around it a debugger switches on what is to be on only while coroutines run. */
  private readonly around: (work: () => void) => void;
  /** The task in mid-step, and with what it goes on. */
  private inMidStep: Task | null = null;
  private threwInto = false;
  private input: unknown = undefined;
  /** Who is to run next, out of turn. */
  private chosen: Task | null = null;
  private readonly resumption: Resumption = {
    threwInto: false,
    input: undefined,
    kind: 'yielded',
    value: undefined,
  };

  constructor(parts: LoopParts, servesHost: boolean, around: (work: () => void) => void) {
    super(...parts);
    this.servesHost = servesHost;
    this.around = around;
  }

  /** The task in mid-step goes on first, and before it nobody. */
  get midStep(): Task | null {
    return this.inMidStep;
  }

  /** The tasks that can be stepped, in order. */
  get steppable(): Task[] {
    return this.inMidStep === null ? [...this.ready] : [this.inMidStep, ...this.ready];
  }

  get hasEnded(): boolean {
    return this.stopped;
  }

  /** The execution was undone, or the one in a step of which the run has begun. */
  get isUndone(): boolean {
    return this.wasUndone || (this.outer?.isUndone ?? false);
  }

  /** What is to go on before it can, in words: of a replay, another run. */
  get comesFirst(): string | undefined {
    return undefined;
  }

  /** Starts to move. `chosen`, which is ready, is to be the first to run. The turns come from the caller or the connection. */
  go(chosen: Task | null): void {
    this.isMoving = true;
    this.chosen = chosen === this.inMidStep ? null : chosen;
    if (this.servesHost) this.reconsider();
  }

  /** Stands still from here on. */
  halt(): void {
    this.isMoving = false;
    this.chosen = null;
  }

  /** What happens from here on is told to nobody. */
  mute(): void {
    this.instruments = null;
  }

  override stop(ok: boolean, value: unknown): void {
    super.stop(ok, value);
    this.mover?.ended(ok, value);
  }

  override turn(): void {
    super.turn();
    if (this.stopped) this.mover?.over();
  }

  protected override work(): void {
    this.around(() => this.move());
  }

  private move(): void {
    const began = performance.now();
    while (this.isMoving) {
      if (this.inMidStep === null && !this.beforeNext()) return;
      if (!this.isMoving) break;
      const task = this.takeNext();
      if (task === null) {
        if (this.rest()) return;
      } else {
        this.stepInContext(task);
        this.ready.running = null;
        if (this.mover?.afterStep(task, this.resumption) !== true) this.halt();
        if (this.stopped) return;
        const mayPause = this.isMoving && this.servesHost && this.inMidStep === null;
        if (mayPause && performance.now() - began >= SLICE) {
          this.connection.later();
          return;
        }
      }
    }
    this.awake = false;
    // Who stands still waits for nothing: no timer of the host is to keep the process, or to come for nothing.
    if (this.servesHost) this.connection.idle(Infinity, 0, false);
  }

  /** Between two steps, before it is seen who is ready. It may halt. False: the turn is over, as with `rest`. */
  protected beforeNext(): boolean {
    if (this.timers.length > 0) this.fireTimers();
    return true;
  }

  /** Does what a yielded effect asks. True: the task goes on at once. */
  protected perform(task: Task, effect: Effect<unknown>): boolean {
    return (effect[KIND] as EffectKind).perform(task, this, effect);
  }

  private takeNext(): Task | null {
    if (this.inMidStep !== null) return this.inMidStep;
    const { ready, chosen } = this;
    this.chosen = null;
    if (ready.isEmpty) return null;
    if (chosen === null) return ready.shift();
    ready.remove(chosen);
    return chosen;
  }

  /** Resumes one coroutine, once. */
  override step(task: Task): void {
    const { instruments } = this;
    this.ready.running = task;
    const isBeginning = this.inMidStep === null;
    if (isBeginning) {
      if (instruments !== null) instruments.stepStart(task);
      if (task.state > PARKED) task.callNow(); // its first step
    }
    this.mover?.beforeStep(task);
    if (isBeginning) this.takeSlot(task);
    this.inMidStep = null;
    if (this.resume(task)) this.inMidStep = task;
    else if (instruments !== null) this.stepOver(task, instruments);
  }

  /** True: the task goes on at once, with what `threwInto` and `input` say. */
  private resume(task: Task): boolean {
    const { instruments, resumption, threwInto, input } = this;
    this.input = undefined;
    resumption.threwInto = threwInto;
    resumption.input = input;
    let yielded: unknown;
    let performing = false;
    try {
      const iterator = task.generatorOf(task.frame);
      resuming();
      const result = threwInto ? generatorThrow.call(iterator, input) : generatorNext.call(iterator, input);
      if (result.done === true) {
        const { value } = result;
        resumption.kind = 'returned';
        resumption.value = value;
        const { frame } = task;
        if (frame === null) task.finish(value);
        else if (frame.returned(task, this, value)) return this.goOn(false, value);
      } else {
        yielded = result.value;
        resumption.kind = 'yielded';
        resumption.value = yielded;
        performing = true;
        if (instruments !== null) this.performed = yielded as Effect<unknown>;
        const goesOn = this.perform(task, yielded as Effect<unknown>);
        performing = false;
        if (goesOn) {
          this.performed = null;
          return this.goOn(false, undefined);
        }
      }
    } catch (thrown) {
      if (performing) {
        this.performed = null;
        return this.goOn(true, yieldError(yielded, thrown));
      }
      const error = thrownValue(thrown);
      resumption.kind = 'threw';
      resumption.value = error;
      if (task.frame === null) task.fail(error);
      else if (task.frame.threw(task, this, error)) {
        this.takeSlot(task);
        return true;
      }
    }
    return false;
  }

  /** Empties the resume slot of a task that is about to run. */
  private takeSlot(task: Task): void {
    this.threwInto = task.state === THROWING;
    this.input = task.value;
    task.state = RUNNING;
    task.value = undefined;
  }

  private goOn(threwInto: boolean, input: unknown): true {
    this.threwInto = threwInto;
    this.input = input;
    return true;
  }
}

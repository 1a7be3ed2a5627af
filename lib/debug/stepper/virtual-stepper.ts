/**
 * The stepper on the virtual clock. Nothing outside of the program has a say there, so it is all synchronous, and the
 * program can be executed anew exactly as before: that is how it goes back.
 *
 *     back(2) at step 7:   the present execution is cancelled, and its clean-up runs to the end (unheard by the
 *                          instruments); the clock is set back; main is called anew and taken through 5 steps, and
 *                          each of them is compared with what it was the first time
 *
 * What re-execution does not restore is what lies outside of main: variables of the module, files, Math.random, the
 * time of day. A program that goes another way because of them is found out, and the step is named.
 */
import type { VirtualBackend } from '../../backends/virtual.js';
import type { Cancelled } from '../../base/cancelled.js';
import { describe } from '../../base/durations.js';
import type { Connection } from '../../kernel/backend.js';
import { giveUp } from '../../kernel/deadlock.js';
import type { Operation } from '../../kernel/effect.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import type { LoopParts } from '../../kernel/run-observer.js';
import { Task } from '../../kernel/task.js';
import { type RunOptions, RunState } from '../../run.js';
import type { Cancellable, Settle } from '../../tasks/run-promise.js';
import { ForeignWaitError } from '../inspect/foreign-wait.js';
import { AbstractStepper } from './abstract-stepper.js';
import { CleanUp } from './clean-up.js';
import { Happenings } from './happenings.js';
import { type Motion, oneStepOf } from './motions.js';
import { retrace } from './retrace.js';
import type { Sight } from './sight.js';
import type { Step } from './step.js';
import { SteppedLoop } from './stepped-loop.js';
import { SteppedRun } from './stepped-run.js';
import type { Stepper } from './stepper-contract.js';

/** What main is executed with: for a replay, which takes from a recording what else comes from outside. */
export interface Executor {
  loopFor(parts: LoopParts): SteppedLoop;
  runOf(loop: SteppedLoop, happenings: Happenings, sight: Sight): SteppedRun;
  optionsFor(options: RunOptions): RunOptions;
  /** Moves other runs that come before the one that waits, or come behind its end. False: none has moved. */
  moveOthers(): boolean;
  /** The execution is to be brought to its end: what happens from here on is not what happened. */
  leave(loop: SteppedLoop): void;
}

const PLAIN: Executor = {
  loopFor: (parts) => new SteppedLoop(parts, false, (work) => work()), // `drive` watches all the turns of a motion
  runOf: (loop, happenings, sight) => new SteppedRun(loop, happenings, sight),
  optionsFor: (options) => options,
  moveOthers: () => false,
  leave() {},
};

/** What it takes to execute main. */
interface Execution<T> {
  readonly state: RunState<T>;
  readonly run: SteppedRun;
  /** Takes a turn of its loop, in the context of the caller of `createStepper`. */
  readonly turn: () => void;
}

export class VirtualStepper<T>
  extends AbstractStepper<T, Step | undefined>
  implements Stepper<T>, Cancellable
{
  /** Cancellable: called with the first outcome; an execution that was undone has none. */
  onEnd: Settle | null = null;
  private readonly main: () => Operation<T>;
  private readonly options: RunOptions;
  private readonly clock: VirtualBackend;
  private readonly startTime: number;
  private readonly executor: Executor;
  private execution: Execution<T>;
  /** Steps that were taken out of turn, and by which task: to go that way again. */
  private choices: { readonly index: number; readonly id: number }[] = [];
  /**
   * The steps of the execution that has come farthest, as long as this one goes the same way: going forward again is
   * to come by the same steps, the choices included.
   */
  private known: readonly Step[] = [];
  /** A turn is going on: the stepper was called by the very program that it steps. */
  private isInTurn = false;
  /** Nothing was ready, and the host must go on first. */
  private needsHost = false;
  private isEnding = false;
  /** The loops of this execution and of those that were undone. */
  private readonly loops = new WeakSet<object>();

  constructor(
    main: () => Operation<T>,
    clock: VirtualBackend,
    options: RunOptions,
    sight: Sight,
    executor: Executor = PLAIN,
  ) {
    super(sight);
    this.executor = executor;
    this.main = main;
    this.options = options;
    this.clock = clock;
    this.startTime = clock.now();
    const { signal } = options;
    if (signal?.aborted !== true) this.execution = this.execute(main, options);
    else {
      // As in run(): main is not started, and nobody hears of it (rule L9). Something must stand in its place.
      this.execution = this.execute(neverStarted, {});
      this.run.loop.crash(signal.reason);
    }
  }

  protected get run(): SteppedRun {
    return this.execution.run;
  }

  back(n = 1): void {
    if (!Number.isInteger(n) || n < 0) {
      throw new RangeError(`back(n) takes a number of steps, 0 or more, not ${describe(n)}`);
    }
    const { count } = this.run;
    if (n > count) {
      throw new RangeError(
        `cannot go back by ${n} steps: ${count} have been taken; goTo(0) is the beginning`,
      );
    }
    this.goTo(count - n);
  }

  goTo(index: number): void {
    if (!Number.isInteger(index) || index < 0) {
      throw new RangeError(`goTo(step) takes the number of a step, 0 or more, not ${describe(index)}`);
    }
    this.checkStanding();
    const { count, history } = this.run;
    if (index < count) {
      this.beginAnew();
      if ((this.known.at(-1)?.index ?? 0) < count) this.known = history;
    }
    this.forward(index);
    if (this.run.count < index) {
      throw new RangeError(`there is no step ${index}: the run has ended after ${this.run.count}`);
    }
  }

  [Symbol.dispose](): void {
    this.checkStanding();
    if (this.isDone) return;
    try {
      this.end('its stepper was disposed of');
    } finally {
      this.tellEnd();
    }
  }

  /** Cancels main, from outside: the next motions show how it ends. */
  cancel(reason?: unknown): void {
    this.executor.leave(this.run.loop);
    this.execution.state.cancel(reason);
  }

  /** Cancellable */
  get loop(): SteppedLoop {
    return this.run.loop;
  }

  /** Cancellable */
  get own(): Cancelled | null {
    return this.execution.state.own;
  }

  protected move(motion: Motion): Step | undefined {
    this.checkStanding();
    const { run } = this;
    if (run.isDone) return undefined;
    const { chosen } = motion;
    this.known = [];
    this.choices = this.choices.filter(({ index }) => index <= run.count);
    if (chosen !== undefined && chosen !== run.loop.steppable[0]) {
      this.choices.push({ index: run.count + 1, id: chosen.id });
    }
    this.carryOut(run, motion);
    return run.stoppedAt;
  }

  private carryOut(run: SteppedRun, motion: Motion): void {
    run.begin(motion);
    try {
      this.drive(run.loop);
    } finally {
      this.tellEnd();
    }
    if (run.failure !== null) throw run.failure.error;
    if (this.needsHost) throw new ForeignWaitError(run.loop.main as Task, run.loop.comesFirst);
  }

  owns(task: TaskInfo): boolean {
    return task instanceof Task && this.loops.has(task.loop);
  }

  private tellEnd(): void {
    const { outcome } = this.run;
    if (outcome === null) return;
    const { onEnd } = this;
    this.onEnd = null;
    onEnd?.(outcome.ok, outcome.value);
  }

  private checkStanding(): void {
    if (!this.isInTurn) return;
    throw new Error('a stepper cannot be moved by the program that it steps, while that takes a step');
  }

  /** Takes turns until the loop stands still. */
  private drive(loop: SteppedLoop): void {
    for (;;) {
      this.needsHost = false;
      this.isInTurn = true;
      try {
        this.sight.watching(() => {
          while (loop.isMoving && !loop.hasEnded) this.execution.turn();
        });
      } finally {
        this.isInTurn = false;
      }
      const isOver = loop.hasEnded;
      if (this.isEnding || !(this.needsHost || isOver) || !this.executor.moveOthers() || isOver) return;
      loop.go(null);
    }
  }

  private execute(main: () => Operation<T>, options: RunOptions): Execution<T> {
    const { clock, sight, executor } = this;
    const happenings = new Happenings();
    let loop: SteppedLoop | undefined;
    let turn = (): void => {};
    const connection: Connection = {
      soon() {},
      later() {},
      close() {},
      idle: (deadline, foreign) => {
        if (foreign === 0 && deadline !== Infinity) clock.jumpTo(deadline);
        else this.standStill();
      },
    };
    const connect = (takeTurn: () => void): Connection => {
      turn = takeTurn;
      return connection;
    };
    const state = new RunState<T>(main, clock, connect, executor.optionsFor(options), true, {
      instruments: () => [happenings],
      loopFor: (_beginning, parts) => {
        loop = executor.loopFor(parts);
        return loop;
      },
    });
    this.loops.add(state.loop);
    const run = executor.runOf(loop as SteppedLoop, happenings, sight);
    return { state, run, turn: () => turn() };
  }

  /** No task is ready, and the clock may not jump. */
  private standStill(): void {
    const { loop, main } = this.execution.state;
    if (this.isEnding) giveUp(loop, main, new ForeignWaitError(main));
    else {
      this.needsHost = true;
      this.run.loop.halt();
    }
  }

  /** Brings the present execution to its end: main is cancelled, and clean-up runs through. */
  private end(reason: string): void {
    const { run } = this.execution;
    const { loop } = run;
    const cleanUp = new CleanUp(loop);
    run.last?.pass();
    this.executor.leave(loop);
    this.isEnding = true;
    try {
      cleanUp.begin(reason);
      this.drive(loop);
      cleanUp.check();
    } finally {
      this.isEnding = false;
      run.outcome = cleanUp.outcome;
    }
  }

  /** The present execution never was: it is brought to its end, and nobody hears of it. */
  undo(): void {
    const { run } = this;
    run.loop.wasUndone = true;
    if (run.isDone) return;
    run.loop.mute();
    try {
      this.end('its stepper went back');
    } catch {
      // What becomes of an execution that never was is nobody's business; its successor is compared with it.
    }
  }

  private beginAnew(): void {
    if (this.options.signal?.aborted === true) {
      throw new Error(
        'cannot go back: the signal of the run has aborted, and would be aborted from the start',
      );
    }
    const { outer } = this.run.loop;
    this.undo();
    this.clock.rewind(this.startTime);
    this.execution = this.execute(this.main, this.options);
    this.run.loop.outer = outer;
  }

  /** Takes steps up to `index`, the same as before wherever there is a before. */
  private forward(index: number): void {
    for (const choice of this.choices) {
      if (choice.index <= this.run.count || choice.index > index) continue;
      this.forwardTo(choice.index - 1);
      const task = this.run.loop.steppable.find(({ id }) => id === choice.id);
      if (task === undefined) break; // the comparison of the next step tells what is different
      this.travel(retrace(choice.index, this.known, oneStepOf(task)));
    }
    this.forwardTo(index);
  }

  private forwardTo(index: number): void {
    if (this.run.count < index) this.travel(retrace(index, this.known));
  }

  private travel(motion: Motion): void {
    const { run } = this;
    if (!run.isDone) this.carryOut(run, motion);
  }
}

/** Stands in the place of main where that is not to be called. */
export function* neverStarted(): Generator<never, never> {
  throw new Error('this coroutine is never started');
}

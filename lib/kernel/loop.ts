/**
 * The trampoline: it takes a task from the ready queue, resumes its coroutine, takes the effect that the
 * coroutine yields, and does what the effect asks; the task is then parked, or back in the queue.
 *
 * The life of one yield
 * ---------------------
 *
 *     step(task)
 *       generatorNext.call(iterator, task.value)         the coroutine runs …
 *         … yield* sleep(20)                             … until it yields an effect
 *       effect.kind.perform(task, loop, effect)          arms a timer and parks the task
 *     step(another task) …                               one task runs at a time, each until it yields
 *     fireTimers()                                       20 ms later: the timer wakes the task,
 *       task.wake(undefined)                             that is: fills its resume slot and queues it
 *     step(task)                                         the coroutine goes on behind its yield
 *
 * `perform` answers true when there is nothing to wait for: the task has entered another coroutine (`call`, a
 * scope, a group) and the step goes on in it. A generator that ends pops a frame of the task; if there is none,
 * the task has ended.
 *
 * Turns
 * -----
 * The host calls `turn`. A turn steps ready tasks, first in first out, until none is left or the slice is used
 * up, and then asks the backend for what comes next: a turn later, if tasks are still ready; one at the earliest
 * deadline, if all are parked; none at all, when something outside will wake a task. If nothing ever can, the
 * run is deadlocked: see `deadlock.ts`.
 *
 *     host  ──▶ turn ──▶ step step step … ──▶ later() / idle(deadline) ──▶ host: timers, sockets ──▶ turn …
 *
 * A wake-up from outside (a promise settled, a callback came) asks for a turn `soon`, as a microtask. A chain
 * of such turns could starve the host as promise chains do, so they share one slice until the host has had a
 * turn of its own (rule L4).
 *
 * What is hot is `steps`, and it is kept plain: one `try` around an inner loop that is left only by an exception
 * or at the end of a step; no closure, no allocation; the clock is read once a batch of steps, not once a step. A
 * boolean out of a field or a call is compared with `true` or `false` there: V8 does not know that it is one, and a
 * bare `if` asks it nine questions.
 */
import type { Backend, Connection } from './backend.js';
import { setCurrentLoop } from './current.js';
import { breakDeadlock } from './deadlock.js';
import { type Effect, forgetResults, KIND, resuming } from './effect.js';
import type { Instruments } from './instrument.js';
import type { EffectKind } from './kind.js';
import { generatorNext, generatorThrow, thrownValue, yieldError } from './operation.js';
import { ReadyQueue } from './ready-queue.js';
import { SLICE } from './slice.js';
import type { Engine, HostContext, Task } from './task.js';
import { PARKED, RUNNING, THROWING } from './task-state.js';
import { TimerQueue } from './timer-queue.js';

/** Steps between two looks at the clock: 35 ns shared by so many. Slow steps lower it, down to 1. */
const LARGEST_BATCH = 64;
/** A batch that took longer than this many milliseconds was too large. */
const LONG_BATCH = 0.25;
/** Batches in a turn, however little time they took: with fake timers the clock may stand still. */
const BATCHES = 4096;
/** Turns asked for as microtasks before the host gets one of its own, however short they were. */
const SOON_TURNS = 256;

/** The same, in this file: that of another one V8 loads from a cell and checks for whether it is initialised, at every yield. */
const kindKey: typeof KIND = KIND;

/** The run whose loop it is. */
export interface LoopOwner {
  /** It cannot go on: a turn itself has failed. */
  crashed(error: unknown): void;
}

export class Loop implements Engine {
  readonly backend: Backend;
  readonly name: string;
  readonly instruments: Instruments | null;
  readonly captureContext: (() => HostContext) | null;
  /** A new one every turn. */
  ready = new ReadyQueue<Task>();
  readonly timers = new TimerQueue();
  taskCount = 0;
  foreign = 0;
  wakers = 0;
  keepAlive = 0;
  /** Set before the first turn. */
  main: Task | null = null;
  /** Set before the first turn. */
  owner: LoopOwner | null = null;
  hopeless: Error | null = null;
  hopelessness = 0;
  readonly atRest: (() => void)[] = [];

  /** With instruments: the effect being performed, until they have been told of it. */
  protected performed: Effect<unknown> | null = null;
  protected readonly connection: Connection;
  /** A turn is going on or has been asked for: whoever makes a task ready need not ask. */
  protected awake = false;
  protected stopped = false;
  private isSoonTurn = false;
  /** Milliseconds, and turns, since the host last had a turn of its own. */
  private spent = 0;
  private soonTurns = 0;
  private batch = LARGEST_BATCH;

  /**
   * They stand on the prototype, where V8 knows them for constants and calls them directly. A variable of the module, as
   * a bundler makes of a constant, is loaded, checked, and called through two builtins: some 20 instructions a step.
   */
  declare private readonly generatorNext: typeof generatorNext;
  declare private readonly generatorThrow: typeof generatorThrow;
  declare private readonly resuming: typeof resuming;

  static {
    Object.assign(Loop.prototype, { generatorNext, generatorThrow, resuming });
  }

  constructor(
    backend: Backend,
    connect: (turn: () => void) => Connection,
    name: string,
    instruments: Instruments | null,
    captureContext: (() => HostContext) | null = null,
  ) {
    this.backend = backend;
    this.name = name;
    this.instruments = instruments;
    this.captureContext = captureContext;
    this.connection = connect(() => this.turn());
  }

  get task(): Task | null {
    return this.ready.running;
  }

  now(): number {
    return this.backend.now();
  }

  enqueue(task: Task): void {
    this.ready.push(task);
    if (this.instruments !== null) this.tellScheduled(this.instruments, task);
    if (this.awake === false) this.ask();
  }

  reconsider(): void {
    if (this.awake === false) this.ask();
  }

  /** The run is over, with this outcome: nothing is ready, parked or armed any more. */
  stop(_ok: boolean, _value: unknown): void {
    this.stopped = true;
    this.connection.close();
  }

  /** The run cannot go on: it ends with this error. */
  crash(error: unknown): void {
    this.owner?.crashed(error);
  }

  /** A bounded slice of the run's work. */
  turn(): void {
    if (this.stopped) return;
    const outerLoop = setCurrentLoop(this);
    this.awake = true;
    this.ready = this.ready.renewed();
    if (!this.isSoonTurn) {
      this.spent = 0;
      this.soonTurns = 0;
    }
    try {
      this.work();
    } catch (error) {
      // Not an error of a task, those never come here: the backend threw, or the engine is wrong. Better to fail than to hang.
      this.stopped = true;
      this.crash(error);
    } finally {
      this.ready.running = null;
      forgetResults();
      setCurrentLoop(outerLoop);
    }
  }

  /** What a turn does. The stepper's loop does it step by step: see `debug/stepper/stepped-loop.ts`. */
  protected work(): void {
    const { ready, timers } = this;
    const clock = performance; // once a turn: Node's global is a getter, and fake timers put another in its place
    let time = clock.now();
    for (let batches = 1; ; batches++) {
      if (timers.length > 0) this.fireTimers();
      if (!ready.isEmpty) {
        if (this.captureContext === null) this.steps(ready.shift(), this.batch);
        else {
          for (let left = this.batch; left > 0 && !ready.isEmpty; left--) this.stepInContext(ready.shift());
        }
      }
      this.ready.running = null;
      if (this.stopped) return;
      const before = time;
      time = clock.now();
      const took = time - before;
      this.spent += took;
      if (took > LONG_BATCH) this.batch = this.batch > 4 ? this.batch >> 2 : 1;
      else if (this.batch < LARGEST_BATCH) this.batch *= 2;
      if (ready.isEmpty) {
        if (this.rest()) return;
      } else if (this.spent >= SLICE || batches >= BATCHES) {
        this.isSoonTurn = false;
        this.connection.later();
        return;
      }
    }
  }

  /** Nothing is ready. True: the turn is over and the backend knows when to call again. */
  protected rest(): boolean {
    if (this.atRest.length > 0) {
      for (const callback of this.atRest.splice(0)) callback();
      return false;
    }
    const deadline = this.timers.deadline;
    if (deadline === Infinity && this.foreign === 0 && this.wakers === 0) {
      breakDeadlock(this);
      return false;
    }
    this.awake = false;
    this.isSoonTurn = false;
    this.connection.idle(deadline, this.foreign, this.keepAlive > 0);
    return true;
  }

  /** Asks for a turn, for something became ready outside of any. */
  private ask(): void {
    this.awake = true;
    if (this.spent < SLICE && this.soonTurns++ < SOON_TURNS) {
      this.isSoonTurn = true;
      this.connection.soon();
    } else {
      this.isSoonTurn = false;
      this.connection.later();
    }
  }

  protected fireTimers(): void {
    const now = this.backend.now();
    for (;;) {
      const timer = this.timers.takeDue(now);
      if (timer === undefined) return;
      timer.fire();
    }
  }

  /** Takes a step of a task in the host's context that was captured for it. */
  protected stepInContext(task: Task): void {
    const hostContext = task.extra === null ? null : task.extra.hostContext;
    if (hostContext === null) this.step(task);
    else hostContext.runInAsyncScope(this.step, this, task);
  }

  /** Resumes a task from the ready queue until it waits, is ready again, or ends. */
  step(task: Task): void {
    this.steps(task, 1);
  }

  /**
   * Takes a step of `first`, which has left the ready queue, and then of those behind it: so many steps, or until none is
   * ready. One function for all of them, for to enter one costs a tenth of a step.
   */
  private steps(first: Task, count: number): void {
    const { ready, instruments } = this;
    let left = count | 0; // `| 0`, here and below: a number of 32 bits, in a register, which is not checked each time
    for (let task = first; ; task = ready.shift()) {
      ready.running = task;
      if (instruments !== null) instruments.stepStart(task);
      if (task.state > PARKED) task.callNow(); // its first step
      let throwing = task.state === THROWING;
      let value = task.value;
      task.state = RUNNING;
      task.value = undefined;
      let yielded: unknown;
      // Tells the handler below who threw: the coroutine, or the effect that it had yielded.
      let performing = false;
      for (;;) {
        try {
          for (;;) {
            const top = task.frame;
            const iterator = top === null ? task.iterator : top.iterator;
            this.resuming();
            const result = throwing
              ? this.generatorThrow.call(iterator, value)
              : this.generatorNext.call(iterator, value);
            throwing = false;
            if (result.done === true) {
              value = result.value;
              const frame = task.frame;
              if (frame === null) task.finish(value);
              else if (frame.returned(task, this, value) === true) continue;
            } else {
              yielded = result.value;
              performing = true;
              if (instruments !== null) this.performed = yielded as Effect<unknown>;
              // No check that it is an effect: what is none has no kind, this throws, and the handler tells which.
              const goesOn = ((yielded as Effect<unknown>)[kindKey] as EffectKind).perform(
                task,
                this,
                yielded as Effect<unknown>,
              );
              performing = false;
              if (goesOn === true) {
                if (instruments !== null) this.performed = null;
                value = undefined;
                continue;
              }
            }
            break;
          }
          break;
        } catch (thrown) {
          const error = performing ? thrown : thrownValue(thrown);
          if (performing) {
            performing = false;
            if (instruments !== null) this.performed = null;
            throwing = true;
            value = yieldError(yielded, error);
          } else if (task.frame === null) {
            task.fail(error);
            break;
          } else if (task.frame.threw(task, this, error)) {
            throwing = task.state === THROWING;
            value = task.value;
            task.state = RUNNING;
            task.value = undefined;
          } else break;
        }
      }
      if (instruments !== null) this.stepOver(task, instruments);
      left = (left - 1) | 0;
      if (left === 0 || ready.isEmpty) return;
    }
  }

  protected stepOver(task: Task, instruments: Instruments): void {
    this.tellSuspended(instruments);
    instruments.stepEnd(task);
  }

  private tellScheduled(instruments: Instruments, task: Task): void {
    this.tellSuspended(instruments);
    instruments.schedule(task);
  }

  /** Says what the task in step has yielded, once it is sure to wait: before anybody is said to be scheduled. */
  private tellSuspended(instruments: Instruments): void {
    const { performed, task } = this;
    if (performed === null || task === null) return;
    this.performed = null;
    instruments.suspend(task, performed);
  }
}

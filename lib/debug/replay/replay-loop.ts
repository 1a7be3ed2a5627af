/**
 * The loop of a replay: it stands still as any stepped loop does, and what comes into it from outside is taken from a
 * recording, at the very point where it came when that was made:
 *
 *     recorded                                   replayed
 *     step 4: yields until(fetch(url))           step 4, the same; fetch() is called, and fetches nothing
 *     … the host serves its sockets …            nothing is ready: what is next in the recording?
 *     wait 1 ends with a Response                wait 1 ends with a stand-in for it
 *     step 5                                     step 5, compared with the recorded one
 *
 * Nothing else from outside gets in. If code of the program itself makes a task ready out of turn (it went on behind an
 * `await`, say), the task is held back until the recording says that it was ready.
 */

import { tasksOf } from '../../kernel/deadlock.js';
import type { Effect } from '../../kernel/effect.js';
import type { LoopParts } from '../../kernel/run-observer.js';
import { type Starter, type SuspendOptions, suspend } from '../../kernel/suspend.js';
import type { Task } from '../../kernel/task.js';
import { SteppedLoop } from '../stepper/stepped-loop.js';
import { ReplayArrivals } from './arrivals.js';
import { callbackTaps } from './callbacks.js';
import { ReplayDivergence, ReplayTeller } from './divergence.js';
import { foreignSort, isOfProgram } from './foreign-sort.js';
import { insulate, insulated } from './insulate.js';
import { isCancelling } from './is-cancelling.js';
import type { Ordered, ReplayOrder } from './order.js';
import { ReplayOutside } from './outside.js';
import { readingBy, tap } from './readings.js';
import type { Between } from './recording.js';
import { ReplayWaits } from './replay-waits.js';
import type { ReplayScript } from './script.js';
import { cancelAs, type Stage } from './stage.js';

/**
 * Who moves it: nobody, it waits for the host by itself; a stepper, which can be told to wait for the host; or
 * `runSync`, which waits for nothing.
 */
export type Pace = 'alone' | 'stepped' | 'sync';

/** What the loop found by itself; the rest came while the host had its turn. */
const OWN: ReadonlySet<Between[0]> = new Set(['fire', 'rest']);

export class ReplayLoop extends SteppedLoop implements Ordered {
  readonly script: ReplayScript;
  /** Says what is different. */
  readonly teller: ReplayTeller;
  /** Called when the replay cannot go on; the loop stands still. */
  onFailure: (error: Error) => void = () => {};
  private readonly stage: Stage;
  private readonly order: ReplayOrder;
  private readonly pace: Pace;
  /** Milliseconds on the clock that was recorded. */
  private time = 0;
  private readonly waits: ReplayWaits;
  private readonly outside: ReplayOutside;
  private wakes = 0;
  private wakesBefore = 0;
  private isInStep = false;
  private isInTurn = false;
  private newest = 0;
  private readonly arrivals: ReplayArrivals;
  /** How often the host has gone on, for the sake of what comes next. */
  private waited = 0;
  private hasHostTurned = false;
  /** What happens is not what was recorded, and nothing more is taken from there. */
  isLeft = false;
  /** It stands where it went another way. */
  hasFailed = false;

  constructor(
    parts: LoopParts,
    around: (work: () => void) => void,
    script: ReplayScript,
    stage: Stage,
    order: ReplayOrder,
    pace: Pace,
  ) {
    super(parts, pace === 'alone', around);
    insulate();
    this.script = script;
    this.stage = stage;
    this.order = order;
    this.setTime(script.run.began);
    this.pace = pace;
    this.teller = new ReplayTeller(script, this.name);
    this.outside = new ReplayOutside(script, this.teller, () => this.isInTurn || this.isLeft || this.stopped);
    this.arrivals = new ReplayArrivals(this.outside, this.teller);
    this.waits = new ReplayWaits(script, this.outside);
    if (pace !== 'sync') order.add(this); // nobody else moves while that is waited for
  }

  /** Ordered */
  get line(): number {
    return this.script.line;
  }

  /** Ordered */
  get isFree(): boolean {
    return this.isLeft || this.hasFailed || this.stopped || this.isUndone;
  }

  override get comesFirst(): string | undefined {
    return this.pace === 'sync' ? undefined : this.order.before(this)?.name;
  }

  /** The program is in a turn of this loop: what it does now it did too when it was recorded. */
  get isAtWork(): boolean {
    return this.isInTurn;
  }

  /** From here on it goes its own way: no foreign wait ends any more, and time passes as it is slept. */
  leave(): void {
    this.isLeft = true;
    this.waits.leave();
    this.outside.leave();
    for (const task of this.arrivals.release()) super.enqueue(task);
  }

  override turn(): void {
    const wasInTurn = this.isInTurn;
    this.isInTurn = true;
    const untap = tap(callbackTaps);
    try {
      insulated(null, () => readingBy(null, () => super.turn()));
    } finally {
      untap();
      this.isInTurn = wasInTurn;
    }
  }

  override step(task: Task): void {
    if (!this.isLeft) this.script.beginStep();
    this.take(() => super.step(task));
  }

  override stop(ok: boolean, value: unknown): void {
    const { outcome } = this.script.run;
    if (outcome !== undefined && !this.isLeft) this.setTime(outcome.now);
    super.stop(ok, value);
  }

  override now(): number {
    if (this.isInStep && !this.isLeft) {
      const reading = this.script.read('now');
      if (reading !== undefined) this.setTime(reading[2] as number);
    }
    return this.time;
  }

  override enqueue(task: Task): void {
    this.wakes++;
    const isFirst = this.newest === 0; // main, before the first turn
    if (task.id > this.newest) this.newest = task.id;
    if (this.isInTurn || this.isLeft || isFirst) {
      super.enqueue(task);
      this.endWaits();
    } else {
      this.arrivals.hold(task);
      this.reconsider();
    }
  }

  override reconsider(): void {
    insulated(null, () => super.reconsider());
  }

  protected override beforeNext(): boolean {
    if (this.isLeft) return super.beforeNext();
    const { script } = this;
    for (let between = script.between; between !== undefined; between = script.between) {
      if (!this.isItsTurn) return this.standBy();
      try {
        if (!this.mayCome(between) || !this.apply(between)) {
          if (this.hasHostTurned) this.waited++;
          this.hasHostTurned = true;
          return this.standBy();
        }
      } catch (error) {
        if (!(error instanceof ReplayDivergence)) throw error;
        this.giveUp(error);
        return true;
      }
      script.betweenApplied();
      this.waited = 0;
      this.hasHostTurned = false;
      if (this.hasEnded) return true;
    }
    if (!this.isItsTurn) return this.standBy();
    if (script.isOver && !this.ready.isEmpty) this.giveUp(this.teller.endOfRecording());
    return true;
  }

  /** No other run has something before it. */
  private get isItsTurn(): boolean {
    return this.comesFirst === undefined;
  }

  protected override rest(): boolean {
    const { deadline } = this.timers;
    if (this.isLeft) {
      if (this.atRest.length > 0 || deadline === Infinity) return super.rest();
      this.time = Math.max(this.time, deadline);
      return false;
    }
    if (deadline === Infinity && this.foreign === 0 && this.wakers === 0) return super.rest(); // a deadlock
    this.giveUp(this.script.isOver ? this.teller.endOfRecording() : this.teller.nothingReady());
    return false;
  }

  protected override perform(task: Task, effect: Effect<unknown>): boolean {
    const sort = foreignSort(effect);
    if (sort === undefined) return super.perform(task, effect);
    const title = String(effect);
    const options = sort === 'suspend' ? (effect.b as SuspendOptions | undefined) : { description: title };
    const own = sort === 'suspend' && isOfProgram(options) ? (effect.a as Starter<unknown>) : undefined;
    return super.perform(task, suspend(this.waits.starterOf(title, options, own), options));
  }

  protected override fireTimers(): void {
    const { time, timers } = this;
    for (let timer = timers.takeDue(time); timer !== undefined; timer = timers.takeDue(time)) timer.fire();
  }

  /** Does what was recorded together with what came in meanwhile: a step, or the call of a callback. */
  private take(work: () => void): void {
    this.wakesBefore = this.wakes;
    this.isInStep = true;
    this.endWaits();
    try {
      insulated(this.outside, () => readingBy(this.outside, work));
      this.endWaits(Infinity);
    } finally {
      this.isInStep = false;
    }
  }

  /** Ends the waits that ended in the course of that, when so many tasks had been made ready. */
  private endWaits(wakes = this.wakes - this.wakesBefore): void {
    if (!this.isInStep || this.isLeft) return;
    const { script } = this;
    for (let end = script.end(wakes); end !== undefined; end = script.end(wakes)) {
      this.waits.end(end[2], end[3], end[4]);
    }
  }

  /** Calls a callback that was called. One that is not known was left with something that is not there at replay. */
  private call([, , , key, args, inside]: Extract<Between, readonly ['call', ...unknown[]]>): void {
    this.script.beginCall(inside);
    this.take(() => this.outside.call(key, args));
  }

  /**
   * Lets something happen that happened then. False: it cannot yet, and perhaps will when the host has gone on.
   * @throws ReplayDivergence if it cannot happen here.
   */
  private apply(between: Between): boolean {
    this.setTime(between[2]);
    switch (between[0]) {
      case 'fire':
        if (this.timers.deadline > this.time) {
          throw this.teller.differs(`a timer was due at ${this.time} ms`, 'none is');
        }
        this.fireTimers();
        return true;
      case 'rest':
        if (!this.ready.isEmpty || this.atRest.length === 0) {
          throw this.teller.differs('nothing was ready, and a task waited for that', 'it is not so');
        }
        super.rest();
        return true;
      case 'end': {
        const [, , , number, how, json] = between;
        if (!this.waits.end(number, how, json))
          throw this.teller.differs(`foreign wait ${number} ended`, 'it has not begun');
        return true;
      }
      case 'call':
        this.call(between);
        return true;
      case 'signal':
        this.stage.abort(this.outside.decode(between[3], 'the reason of the signal'));
        return true;
      case 'cancel': {
        const { teller } = this;
        const task = this.taskOf(between[3]);
        if (cancelAs(between, task, this.outside)) {
          // Promise code of the program may have cancelled it already, and its tasks are held since.
          for (const held of this.arrivals.release(isCancelling)) super.enqueue(held);
          return true;
        }
        const then = `a scope of ${teller.title(between[3])} was cancelled from outside`;
        throw teller.differs(then, 'there is none');
      }
      case 'ready': {
        const waited = this.pace === 'sync' ? Infinity : this.waited;
        const task = this.arrivals.arrive(between, this.taskOf(between[3]), waited);
        if (task !== null && task !== undefined) super.enqueue(task);
        return task !== undefined;
      }
    }
  }

  /** What came from outside came when the host had a turn. It has one here too, for promise code to go on. */
  private mayCome(between: Between): boolean {
    return this.pace !== 'alone' || OWN.has(between[0]) || this.hasHostTurned;
  }

  /** What comes next comes when the host has gone on, or another run. False: the turn is over. */
  private standBy(): false {
    this.awake = false;
    if (this.pace === 'alone') setImmediate(() => this.reconsider());
    else this.connection.idle(Infinity, 1, false);
    return false;
  }

  private taskOf(id: number): Task | undefined {
    return this.main === null ? undefined : tasksOf(this.main).find((task) => task.id === id);
  }

  private setTime(time: number): void {
    this.time = time;
    this.stage.timeIs?.(time);
  }

  private giveUp(error: Error): void {
    this.hasFailed = true;
    this.halt();
    this.onFailure(error);
  }
}

/**
 * The loop of a run that is recorded. It goes on by itself as any loop does, and writes down what comes in:
 *
 *     in a step        readings of the clock, of random numbers; ends of foreign waits, if a callback comes within it
 *     between steps    timers that are due, ends of foreign waits, whatever else makes a task ready or cancels one;
 *                      that nothing moved, if a task waits for just that
 *
 * A foreign wait is numbered when its starter is called. Its `resume` and `fail` are led past here, and so is its
 * abort function: how it answers is written down too, for at replay neither of them exists.
 */

import type { Cancelled } from '../../base/cancelled.js';
import type { Effect } from '../../kernel/effect.js';
import type { LoopParts } from '../../kernel/run-observer.js';
import type { Scope } from '../../kernel/scope.js';
import { type Starter, type SuspendOptions, suspend } from '../../kernel/suspend.js';
import { Task } from '../../kernel/task.js';
import { PARKED, THROWING } from '../../kernel/task-state.js';
import { SteppedLoop } from '../stepper/stepped-loop.js';
import { CallbackKeys, callbackTaps } from './callbacks.js';
import { encodeValue, type Json } from './encode-value.js';
import { foreignSort, isOfProgram } from './foreign-sort.js';
import { isCancelling } from './is-cancelling.js';
import { type AnyFunction, named, type Readings, readingBy, tap } from './readings.js';
import { type Recorded, RecordWaits } from './record-waits.js';
import type { AbortAnswer, Between, How, Inside } from './recording.js';

/** Who writes down what the loop finds. */
export interface Scribe {
  /** The first step is about to be taken. */
  begun(task: string, now: number): void;
  between(what: Between): void;
  abort(wait: number, answer: AbortAnswer, value: Json): void;
  over(now: number, how: How, value: Json): void;
  /** A turn is over: what was written is to be safe. */
  flush(): void;
}

export class RecordLoop extends SteppedLoop implements Readings, Recorded {
  /** What has come in since the present step began; null between steps. */
  inside: Inside[] | null = null;
  /** What came in during the last step. */
  lastInside: readonly Inside[] = [];
  private readonly run: number;
  private readonly scribe: Scribe;
  private readonly signal: AbortSignal | undefined;
  private readonly waits = new RecordWaits(this);
  private readonly callbackKeys = new CallbackKeys();
  /** The tasks that wait in a queue which something outside serves, and the numbers of their waits. */
  private readonly queued = new Map<Task, number>();
  /** Tasks made ready, ever, and before the present step. */
  wakes = 0;
  private wakesBefore = 0;
  private isInTurn = false;
  private untap: (() => void) | null = null;
  private hasBegun = false;
  private lastCancelled: Cancelled | null = null;
  /** The highest number of a task that was ready so far: each is as soon as it is made. */
  private newest = 0;

  constructor(
    parts: LoopParts,
    around: (work: () => void) => void,
    run: number,
    scribe: Scribe,
    signal: AbortSignal | undefined,
  ) {
    super(parts, true, around);
    this.run = run;
    this.scribe = scribe;
    this.signal = signal;
  }

  override turn(): void {
    const wasInTurn = this.isInTurn;
    this.isInTurn = true;
    this.untap ??= tap(callbackTaps);
    try {
      readingBy(null, () => super.turn());
    } finally {
      this.isInTurn = wasInTurn;
      this.scribe.flush();
    }
  }

  override step(task: Task): void {
    if (!this.hasBegun) this.scribe.begun(task.name, this.clock());
    this.hasBegun = true;
    this.inside = [];
    this.wakesBefore = this.wakes;
    readingBy(this, () => super.step(task));
    this.lastInside = this.inside;
    this.inside = null;
  }

  override now(): number {
    const now = this.clock();
    if (this.inside !== null) this.inside.push(['read', 'now', now]);
    return now;
  }

  override enqueue(task: Task): void {
    const wait = this.queued.get(task);
    if (wait !== undefined) this.leaveQueue(task, wait);
    else if (!this.isInTurn && this.waits.ending === 0 && this.inside === null) this.foundReady(task);
    this.wakes++;
    if (task.id > this.newest) this.newest = task.id;
    super.enqueue(task);
  }

  override stop(ok: boolean, value: unknown): void {
    this.scribe.over(this.clock(), ok ? 'value' : 'error', encodeValue(value));
    super.stop(ok, value);
    this.untap?.();
    this.untap = null;
  }

  /** Recorded */
  started(wait: number, how: How | 'threw', value: Json): void {
    this.inside?.push(['start', wait, how, value]);
  }

  /** Recorded */
  ended(wait: number, how: How, value: Json, wakes: number): void {
    if (this.inside === null) this.scribe.between(['end', this.run, this.clock(), wait, how, value]);
    else this.inside.push(['end', wakes - this.wakesBefore, wait, how, value]);
  }

  /** Recorded */
  aborted(wait: number, answer: AbortAnswer, value: Json): void {
    this.scribe.abort(wait, answer, value);
  }

  /** Readings */
  read(what: string, real: () => unknown): unknown {
    const value = real();
    this.inside?.push(['read', what, encodeValue(value)]);
    return value;
  }

  /** Readings */
  callback(what: string, fn: AnyFunction): AnyFunction {
    const key = this.callbackKeys.next(what);
    const called = (self: unknown, args: readonly unknown[]): unknown => this.called(key, fn, self, args);
    return named(fn, function (...args) {
      return called(this, args);
    });
  }

  private called(key: string, fn: AnyFunction, self: unknown, args: readonly unknown[]): unknown {
    if (this.isInTurn || this.stopped || this.inside !== null) return fn.apply(self, [...args]);
    const json = encodeValue(args);
    const now = this.clock();
    const inside: Inside[] = [];
    this.inside = inside;
    this.wakesBefore = this.wakes;
    try {
      return readingBy(this, () => fn.apply(self, [...args]));
    } finally {
      this.inside = null;
      this.scribe.between(['call', this.run, now, key, json, inside]);
      this.scribe.flush();
    }
  }

  /** A cancellation has reached a task. If it comes from outside, the scope that was cancelled is looked for. */
  foundCancelled(task: Task): void {
    const { effective } = task.scope;
    if (this.isInTurn || this.inside !== null || effective === null || effective === this.lastCancelled)
      return;
    this.lastCancelled = effective;
    const { run, signal } = this;
    let node: Scope | null = task.scope;
    while (node !== null && node.own !== effective) node = node.parent;
    if (node === null) return;
    const reason = encodeValue(effective.reason);
    if (node === this.main && signal?.aborted === true && effective.message.startsWith(`the signal of`)) {
      this.scribe.between(['signal', run, this.clock(), reason]);
      return;
    }
    const host = node.host instanceof Task ? node.host : null;
    let depth = 0;
    for (let at: Scope | null = host?.scope ?? null; at !== null && at !== node; at = at.parent) depth++;
    this.scribe.between(['cancel', run, this.clock(), host?.id ?? task.id, depth, effective.message, reason]);
  }

  protected override fireTimers(): void {
    const now = this.clock();
    if (this.timers.deadline > now) return;
    this.scribe.between(['fire', this.run, now]);
    for (let timer = this.timers.takeDue(now); timer !== undefined; timer = this.timers.takeDue(now))
      timer.fire();
  }

  protected override rest(): boolean {
    if (this.atRest.length > 0) this.scribe.between(['rest', this.run, this.clock()]);
    return super.rest();
  }

  protected override perform(task: Task, effect: Effect<unknown>): boolean {
    const sort = foreignSort(effect);
    if (sort === undefined || task.scope.effective !== null) return super.perform(task, effect);
    if (sort === 'queue') return this.queue(task, effect);
    const options = effect.b as SuspendOptions | undefined;
    const starter = this.waits.watched(effect.a as Starter<unknown>, isOfProgram(options));
    return super.perform(task, suspend(starter, options));
  }

  /** A wait in a queue that something outside serves. */
  private queue(task: Task, effect: Effect<unknown>): boolean {
    const number = this.waits.begin();
    let goesOn = false;
    try {
      goesOn = super.perform(task, effect);
    } catch (error) {
      this.started(number, 'threw', encodeValue(error));
      throw error;
    }
    if (task.state === PARKED) this.queued.set(task, number);
    else this.started(number, task.state === THROWING ? 'error' : 'value', encodeValue(task.value));
    return goesOn;
  }

  /** A task leaves such a queue. */
  private leaveQueue(task: Task, wait: number): void {
    this.queued.delete(task);
    const { state, value } = task;
    if (isCancelling(task)) return; // it has given up
    const how = state === THROWING ? 'error' : 'value';
    this.ended(wait, how, encodeValue(value), this.wakes);
  }

  /** A look that the program does not take. */
  private clock(): number {
    return readingBy(null, () => this.backend.now());
  }

  /** Something outside, and no numbered wait, has made a task ready. */
  private foundReady(task: Task): void {
    if (task === this.main && this.newest === 0) return; // the beginning
    if (isCancelling(task)) return; // the cancellation has a line of its own
    const { state, value } = task;
    const how = task.id > this.newest ? 'new' : state === THROWING ? 'error' : 'value';
    this.scribe.between([
      'ready',
      this.run,
      this.clock(),
      task.id,
      how,
      how === 'new' ? null : encodeValue(value),
    ]);
  }
}

/**
 * The loop of a run that is recorded. It goes on by itself as any loop does, and writes down what comes in:
 *
 *     in a step        readings of the clock, of random numbers; ends of foreign waits, if a callback comes within it
 *     between steps    timers that are due, ends of foreign waits, whatever else makes a task ready or cancels one
 *
 * A foreign wait is numbered when its starter is called. Its `resume` and `fail` are led past here, and so is its
 * abort function: how it answers is written down too, for at replay neither of them exists.
 */

import { Cancelled } from '../base/cancelled.js';
import type { Effect } from '../kernel/effect.js';
import type { TaskInfo } from '../kernel/instrument.js';
import type { LoopParts } from '../kernel/run-observer.js';
import type { Scope } from '../kernel/scope.js';
import { KEEP_WAITING, type Starter, type SuspendOptions, suspend } from '../kernel/suspend.js';
import { PARKED, Task, THROWING } from '../kernel/task.js';
import { callbackTaps } from './record-callbacks.js';
import { foreignSort } from './record-foreign.js';
import { type AnyFunction, named, type Readings, readingBy, tapped } from './record-readings.js';
import { encodeValue, type Json } from './record-value.js';
import type { AbortAnswer, Between, How, Inside } from './recording.js';
import { SteppedLoop } from './stepped-loop.js';

/** Who writes down what the loop finds. */
export interface Scribe {
  between(what: Between): void;
  abort(wait: number, answer: AbortAnswer, value: Json): void;
  over(how: How, value: Json): void;
  /** A turn is over: what was written is to be safe. */
  flush(): void;
}

interface Wait {
  readonly number: number;
  isStarting: boolean;
  /** While its abort function is called: what that has ended it with. */
  abort: { ended: { how: How; value: unknown } | null } | null;
  cancelled: Cancelled | undefined;
}

export class RecordLoop extends SteppedLoop implements Readings {
  /** What has come in since the present step began; null between steps. */
  inside: Inside[] | null = null;
  /** What came in during the last step. */
  lastInside: readonly Inside[] = [];
  private readonly run: number;
  private readonly scribe: Scribe;
  private readonly signal: AbortSignal | undefined;
  private waits = 0;
  /** How many callbacks of one name were left with the host. */
  private readonly callbacks = new Map<string, number>();
  /** The tasks that wait in a queue which something outside serves, and the numbers of their waits. */
  private readonly queued = new Map<Task, number>();
  /** Tasks made ready, ever, and before the present step. */
  private wakes = 0;
  private wakesBefore = 0;
  private isInTurn = false;
  /** Ends of numbered waits under way: what they make ready needs no line of its own. */
  private ending = 0;
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
    try {
      tapped(callbackTaps, () => super.turn());
    } finally {
      this.isInTurn = wasInTurn;
      this.scribe.flush();
    }
  }

  override step(task: Task): void {
    this.inside = [];
    this.wakesBefore = this.wakes;
    readingBy(this, () => super.step(task));
    this.lastInside = this.inside;
    this.inside = null;
  }

  override now(): number {
    const now = readingBy(null, () => super.now());
    if (this.inside !== null) this.inside.push(['read', 'now', now]);
    return now;
  }

  override enqueue(task: Task): void {
    const wait = this.queued.get(task);
    if (wait !== undefined) this.leaveQueue(task, wait);
    else if (!this.isInTurn && this.ending === 0 && this.inside === null) this.foundReady(task);
    this.wakes++;
    if (task.id > this.newest) this.newest = task.id;
    super.enqueue(task);
  }

  override stop(ok: boolean, value: unknown): void {
    this.scribe.over(ok ? 'value' : 'error', encodeValue(value));
    super.stop(ok, value);
  }

  /** Readings */
  read(what: string, real: () => unknown): unknown {
    const value = real();
    this.inside?.push(['read', what, encodeValue(value)]);
    return value;
  }

  /** Readings */
  callback(what: string, fn: AnyFunction): AnyFunction {
    const count = (this.callbacks.get(what) ?? 0) + 1;
    this.callbacks.set(what, count);
    const called = (self: unknown, args: readonly unknown[]): unknown => this.called(`${what} ${count}`, fn, self, args);
    return named(fn, function (...args) {
      return called(this, args);
    });
  }

  private called(key: string, fn: AnyFunction, self: unknown, args: readonly unknown[]): unknown {
    if (this.isInTurn || this.stopped || this.inside !== null) return fn.apply(self, [...args]);
    const json = encodeValue(args);
    const inside: Inside[] = [];
    this.inside = inside;
    this.wakesBefore = this.wakes;
    try {
      return tapped(callbackTaps, () => readingBy(this, () => fn.apply(self, [...args])));
    } finally {
      this.inside = null;
      this.scribe.between(['call', this.run, key, json, inside]);
      this.scribe.flush();
    }
  }

  /** A cancellation has reached a task. If it comes from outside, the scope that was cancelled is looked for. */
  foundCancelled({ id }: TaskInfo, task: Task): void {
    const { effective } = task.scope;
    if (this.isInTurn || this.inside !== null || effective === null || effective === this.lastCancelled) return;
    this.lastCancelled = effective;
    const { run, signal } = this;
    let node: Scope | null = task.scope;
    while (node !== null && node.own !== effective) node = node.parent;
    if (node === null) return;
    const reason = encodeValue(effective.reason);
    if (node === this.main && signal?.aborted === true && effective.message.startsWith(`the signal of`)) {
      this.scribe.between(['signal', run, reason]);
      return;
    }
    const host = node.host instanceof Task ? node.host : null;
    let depth = 0;
    for (let at: Scope | null = host?.scope ?? null; at !== null && at !== node; at = at.parent) depth++;
    this.scribe.between(['cancel', run, host?.id ?? id, depth, effective.message, reason]);
  }

  protected override fireTimers(): void {
    const now = this.backend.now();
    if (this.timers.deadline > now) return;
    this.scribe.between(['fire', this.run, now]);
    for (let timer = this.timers.takeDue(now); timer !== undefined; timer = this.timers.takeDue(now)) timer.fire();
  }

  protected override perform(task: Task, effect: Effect<unknown>): boolean {
    const sort = foreignSort(effect);
    if (sort === undefined || task.scope.effective !== null) return super.perform(task, effect);
    if (sort === 'queue') return this.queue(task, effect);
    const starter = this.watched(effect.a as Starter<unknown>);
    return super.perform(task, suspend(starter, effect.b as SuspendOptions | undefined));
  }

  /** A wait in a queue that something outside serves. */
  private queue(task: Task, effect: Effect<unknown>): boolean {
    const number = ++this.waits;
    let goesOn = false;
    try {
      goesOn = super.perform(task, effect);
    } catch (error) {
      this.inside?.push(['start', number, 'threw', encodeValue(error)]);
      throw error;
    }
    if (task.state === PARKED) this.queued.set(task, number);
    else this.inside?.push(['start', number, task.state === THROWING ? 'error' : 'value', encodeValue(task.value)]);
    return goesOn;
  }

  /** A task leaves such a queue. */
  private leaveQueue(task: Task, wait: number): void {
    this.queued.delete(task);
    const { state, value } = task;
    if (isCancelling(task)) return; // it has given up
    const how = state === THROWING ? 'error' : 'value';
    const json = encodeValue(value);
    if (this.inside === null) this.scribe.between(['end', this.run, wait, how, json]);
    else this.inside.push(['end', this.wakes - this.wakesBefore, wait, how, json]);
  }

  /** The starter, with everything that may come of it led past here. */
  private watched(starter: Starter<unknown>): Starter<unknown> {
    return (resume, fail) => {
      const wait: Wait = { number: ++this.waits, isStarting: true, abort: null, cancelled: undefined };
      let abort: unknown;
      try {
        abort = readingBy(null, () =>
          starter(
            (value) => this.end(wait, 'value', value, resume),
            (error) => this.end(wait, 'error', error, fail),
          ),
        );
      } catch (error) {
        this.inside?.push(['start', wait.number, 'threw', encodeValue(error)]);
        throw error;
      }
      wait.isStarting = false;
      return (cancelled) => this.abort(wait, abort, cancelled);
    };
  }

  private end(wait: Wait, how: How, value: unknown, settle: (value: unknown) => void): void {
    const { wakes } = this;
    this.ending++;
    try {
      settle(value);
    } finally {
      this.ending--;
    }
    if (this.wakes === wakes) return; // too late: the wait was over
    if (wait.abort !== null) {
      wait.abort.ended = { how, value };
      return;
    }
    const json = encodeValue(value, wait.cancelled);
    const { inside } = this;
    if (inside === null) this.scribe.between(['end', this.run, wait.number, how, json]);
    else if (wait.isStarting) inside.push(['start', wait.number, how, json]);
    else inside.push(['end', wakes - this.wakesBefore, wait.number, how, json]);
  }

  private abort(wait: Wait, inner: unknown, cancelled: Cancelled): unknown {
    const abort: Wait['abort'] = { ended: null };
    wait.abort = abort;
    wait.cancelled = cancelled;
    try {
      const answer: unknown =
        typeof inner === 'function'
          ? readingBy(null, () => (inner as (cancelled: Cancelled) => unknown)(cancelled))
          : undefined;
      const { ended } = abort;
      if (ended !== null) this.scribe.abort(wait.number, `ended ${ended.how}`, encodeValue(ended.value, cancelled));
      else this.scribe.abort(wait.number, answer === KEEP_WAITING ? 'kept' : 'gave up', null);
      return answer;
    } catch (error) {
      this.scribe.abort(wait.number, 'threw', encodeValue(error, cancelled));
      throw error;
    } finally {
      wait.abort = null;
    }
  }

  /** Something outside, and no numbered wait, has made a task ready. */
  private foundReady(task: Task): void {
    if (task === this.main && this.newest === 0) return; // the beginning
    if (isCancelling(task)) return; // the cancellation has a line of its own
    const { state, value } = task;
    const how = task.id > this.newest ? 'new' : state === THROWING ? 'error' : 'value';
    this.scribe.between(['ready', this.run, task.id, how, how === 'new' ? null : encodeValue(value)]);
  }
}

/** The task is woken by the cancellation of a scope that it is in. */
function isCancelling({ state, value, scope }: Task): boolean {
  return state === THROWING && value instanceof Cancelled && value === scope.effective;
}

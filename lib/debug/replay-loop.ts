/**
 * The loop of a replay: it stands still as any stepped loop does, and what comes into it from outside is taken from a
 * recording, at the very point where it came when that was made:
 *
 *     recorded                                   replayed
 *     step 4: yields until(fetch(url))           step 4, the same; nothing is fetched, for no starter is called
 *     … the host serves its sockets …            nothing is ready: what is next in the recording?
 *     wait 1 ends with a Response                wait 1 ends with a stand-in for it
 *     step 5                                     step 5, compared with the recorded one
 *
 * Nothing else from outside gets in. If code of the program itself makes a task ready out of turn (it went on behind an
 * `await`, say), the task is held back until the recording says that it was ready.
 */

import type { Cancelled } from '../base/cancelled.js';
import { Cancelled as CancelledError } from '../base/cancelled.js';
import type { CancelScope } from '../kernel/cancel-scope.js';
import { tasksOf } from '../kernel/deadlock.js';
import type { Effect } from '../kernel/effect.js';
import { describeEffect } from '../kernel/kind.js';
import type { LoopParts } from '../kernel/run-observer.js';
import type { Scope } from '../kernel/scope.js';
import { KEEP_WAITING, type Starter, type SuspendOptions, suspend } from '../kernel/suspend.js';
import { PARKED, type Task } from '../kernel/task.js';
import { foreignSort } from './record-foreign.js';
import { type Readings, readingBy, tapped } from './record-readings.js';
import type { Json } from './record-value.js';
import type { Between, How } from './recording.js';
import { ReplayDivergence, tellRecorded, tellTask } from './replay-divergence.js';
import { insulate, insulated, type Outside } from './replay-host.js';
import type { ReplayScript } from './replay-script.js';
import { decodeValue } from './replay-value.js';
import { SteppedLoop } from './stepped-loop.js';

/** How often the host may go on before it is given up that code of the program will do what was recorded. */
const PATIENCE = 20;

/** A foreign wait that was begun. */
interface Wait {
  readonly title: string;
  readonly resume: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
  cancelled: Cancelled | undefined;
}

/** What the replay does to what it replays in. */
export interface Stage {
  /** The signal of the run aborted. */
  abort(reason: unknown): void;
  /** It was cancelled as main() does when the process receives a signal. True: that has been seen to. */
  receive?(signal: string): boolean;
}

export class ReplayLoop extends SteppedLoop implements Readings, Outside {
  readonly script: ReplayScript;
  /** Values that the program used and the recording has not. */
  readonly unknown = new Set<string>();
  /** Called when the replay cannot go on; the loop stands still. */
  onFailure: (error: Error) => void = () => {};
  private readonly stage: Stage;
  private readonly goesAlone: boolean;
  /** Milliseconds on the clock that was recorded. */
  private time: number;
  private readonly waits = new Map<number, Wait>();
  private waitCount = 0;
  private wakes = 0;
  private wakesBefore = 0;
  private isInStep = false;
  private isInTurn = false;
  private newest = 0;
  private readonly held = new Map<number, Task>();
  private impatience = 0;
  /** What happens is not what was recorded, and nothing more is taken from there. */
  private isLeft = false;

  /** `goesAlone`: nobody moves it; it waits for the host by itself. */
  constructor(
    parts: LoopParts,
    around: (work: () => void) => void,
    script: ReplayScript,
    stage: Stage,
    goesAlone: boolean,
  ) {
    super(parts, goesAlone, around);
    insulate();
    this.script = script;
    this.time = script.run.began;
    this.stage = stage;
    this.goesAlone = goesAlone;
  }

  /** The program is in a turn of this loop: what it does now it did too when it was recorded. */
  get isAtWork(): boolean {
    return this.isInTurn;
  }

  /** See `leave`. */
  get hasLeft(): boolean {
    return this.isLeft;
  }

  /** From here on it goes its own way: no foreign wait ends any more, and time passes as it is slept. */
  leave(): void {
    this.isLeft = true;
    for (const task of this.held.values()) super.enqueue(task);
    this.held.clear();
  }

  override turn(): void {
    const wasInTurn = this.isInTurn;
    this.isInTurn = true;
    try {
      insulated(null, () => tapped(() => super.turn()));
    } finally {
      this.isInTurn = wasInTurn;
    }
  }

  override step(task: Task): void {
    const { script } = this;
    if (!this.isLeft) script.beginStep();
    this.wakesBefore = this.wakes;
    this.isInStep = true;
    this.endWaits();
    try {
      insulated(this, () => readingBy(this, () => super.step(task)));
    } finally {
      this.isInStep = false;
    }
  }

  override now(): number {
    if (this.isInStep && !this.isLeft) {
      const reading = this.script.read('now');
      if (reading !== undefined) this.time = reading[2] as number;
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
      this.held.set(task.id, task);
      this.reconsider();
    }
  }

  override reconsider(): void {
    insulated(null, () => super.reconsider());
  }

  /** Readings */
  read(what: string, real: () => unknown): unknown {
    const reading = this.isLeft ? undefined : this.script.read(what);
    if (reading !== undefined) return this.decode(reading[2], what);
    if (!this.isLeft) this.unknown.add(what);
    return real();
  }

  /** Outside */
  noteUse(name: string): void {
    this.unknown.add(name);
  }

  protected override beforeNext(): void {
    if (this.isLeft) {
      super.beforeNext();
      return;
    }
    const { script } = this;
    for (let between = script.between; between !== undefined; between = script.between) {
      // When nothing was ready the loop came to rest first, before anything could come from outside.
      if (this.ready.isEmpty && between[0] !== 'fire' && this.hasOwnWay) return;
      if (!this.apply(between)) return;
      script.betweenApplied();
      this.impatience = 0;
      if (!this.isMoving || this.hasEnded) return;
    }
    if (script.isOver && !this.ready.isEmpty) this.giveUp(this.endOfRecording());
  }

  protected override rest(): boolean {
    if (this.hasOwnWay) return super.rest();
    if (this.isLeft) {
      const { deadline } = this.timers;
      if (deadline === Infinity) return super.rest();
      this.time = Math.max(this.time, deadline);
      return false;
    }
    const { between } = this.script;
    if (between === undefined) {
      this.giveUp(this.script.isOver ? this.endOfRecording() : this.nothingReady());
      return false;
    }
    return this.waitForHost(between);
  }

  protected override perform(task: Task, effect: Effect<unknown>): boolean {
    const sort = foreignSort(effect);
    if (sort === undefined) return super.perform(task, effect);
    const title = describeEffect(effect);
    const options = sort === 'suspend' ? (effect.b as SuspendOptions | undefined) : { description: title };
    return super.perform(task, suspend(this.starterOf(title), options));
  }

  /** It goes on without anything from outside. */
  private get hasOwnWay(): boolean {
    return this.atRest.length > 0 || (this.timers.length === 0 && this.foreign === 0 && this.wakers === 0);
  }

  private starterOf(title: string): Starter<unknown> {
    return (resume, fail) => {
      const number = ++this.waitCount;
      const wait: Wait = { title, resume, fail, cancelled: undefined };
      this.waits.set(number, wait);
      for (let did = this.started(number); did !== undefined; did = this.started(number)) {
        const [, , how, json] = did;
        if (how === 'threw') throw this.decode(json, title);
        this.settle(wait, how, json);
      }
      return (cancelled) => this.abort(number, wait, cancelled);
    };
  }

  private started(wait: number): ReturnType<ReplayScript['start']> {
    return this.isLeft ? undefined : this.script.start(wait);
  }

  private settle(wait: Wait, how: How, json: Json): void {
    const value = this.decode(json, wait.title, wait.cancelled);
    if (how === 'value') wait.resume(value);
    else wait.fail(value);
  }

  /** What the abort function of the wait answered. */
  private abort(number: number, wait: Wait, cancelled: Cancelled): unknown {
    wait.cancelled = cancelled;
    const recorded = this.isLeft ? undefined : this.script.run.aborts.get(number);
    switch (recorded?.answer) {
      case 'kept':
        return KEEP_WAITING;
      case 'threw':
        throw this.decode(recorded.value, wait.title, cancelled);
      case 'ended value':
      case 'ended error':
        this.settle(wait, recorded.answer === 'ended value' ? 'value' : 'error', recorded.value);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Ends the waits that ended in the course of the present step. */
  private endWaits(): void {
    if (!this.isInStep || this.isLeft) return;
    const next = (): ReturnType<ReplayScript['end']> => this.script.end(this.wakes - this.wakesBefore);
    for (let end = next(); end !== undefined; end = next()) {
      const wait = this.waits.get(end[2]);
      if (wait !== undefined) this.settle(wait, end[3], end[4]);
    }
  }

  /** Lets something happen that happened then. False: it cannot yet, and perhaps will when the host has gone on. */
  private apply(between: Between): boolean {
    switch (between[0]) {
      case 'fire':
        this.fire(between[2]);
        return true;
      case 'end': {
        const [, , number, how, json] = between;
        const wait = this.waits.get(number);
        if (wait === undefined) this.giveUp(this.differs(`foreign wait ${number} ended`, 'it has not begun'));
        else this.settle(wait, how, json);
        return true;
      }
      case 'signal':
        this.stage.abort(this.decode(between[2], 'the reason of the signal'));
        return true;
      case 'cancel':
        this.cancel(between);
        return true;
      case 'ready':
        return this.makeReady(between);
    }
  }

  private fire(now: number): void {
    this.time = now;
    let count = 0;
    for (let timer = this.timers.takeDue(now); timer !== undefined; timer = this.timers.takeDue(now)) {
      count++;
      timer.fire();
    }
    if (count === 0) this.giveUp(this.differs(`a timer was due at ${now} ms`, 'none is'));
  }

  private cancel([, , id, depth, message, reason]: Extract<Between, readonly ['cancel', ...unknown[]]>): void {
    const task = this.taskOf(id);
    const signal = /received (SIG\w+)$/.exec(message)?.[1];
    if (task !== undefined && task === this.main && signal !== undefined && this.stage.receive?.(signal)) return;
    let scope: Scope | null = task?.scope ?? null;
    for (let left = depth; left > 0 && scope !== null; left--) scope = scope.parent;
    if (scope === null) {
      this.giveUp(this.differs(`a scope of ${this.title(id)} was cancelled from outside`, 'there is none'));
      return;
    }
    const cancelled = CancelledError.create(message, this.decode(reason, 'the reason'), scope);
    (scope as CancelScope).cancelBecause(cancelled);
  }

  private makeReady([, , id, how, json]: Extract<Between, readonly ['ready', ...unknown[]]>): boolean {
    const held = this.held.get(id);
    if (held !== undefined) {
      this.held.delete(id);
      super.enqueue(held);
      return true;
    }
    const task = this.taskOf(id);
    if (how !== 'new' && task !== undefined && task.state !== PARKED) return true; // by what came with it
    if (this.impatience < PATIENCE) return false;
    if (task === undefined || how === 'new') {
      const what =
        how === 'new'
          ? `${this.title(id)} was spawned by code outside of the run: a callback, which a replay does not call`
          : `${this.title(id)} was made ready from outside`;
      this.giveUp(this.differs(what, 'nothing does that'));
      return true;
    }
    // What woke it does not exist here. Its wait ends all the same; what it waited for does not know of it.
    task.waiting?.abort(task, CancelledError.create('replayed', undefined, task));
    if (task.state === PARKED) {
      const value = this.decode(json, task.name);
      if (how === 'value') task.wake(value);
      else task.wakeThrowing(value);
    }
    return true;
  }

  /** Code of the program is to do it: the host goes on first. True: the turn is over. */
  private waitForHost(between: Between): boolean {
    if (++this.impatience > PATIENCE && this.apply(between)) {
      this.script.betweenApplied();
      this.impatience = 0;
      return false;
    }
    this.awake = false;
    if (this.goesAlone) setImmediate(() => this.reconsider());
    else this.connection.idle(Infinity, 1, false);
    return true;
  }

  private taskOf(id: number): Task | undefined {
    return this.main === null ? undefined : tasksOf(this.main).find((task) => task.id === id);
  }

  private decode(json: Json, name: string, own?: Cancelled): unknown {
    return decodeValue(json, { name, own, onUse: (used) => this.unknown.add(used) });
  }

  private title(id: number): string {
    return tellTask(id, this.script.run.taskNames.get(id));
  }

  private giveUp(error: Error): void {
    this.halt();
    this.onFailure(error);
  }

  private differs(then: string, now: string): ReplayDivergence {
    const { count, next } = this.script;
    return new ReplayDivergence(
      `before step ${count + 1} of ${this.name} the replay goes another way:\n` +
        `  recorded: ${then}\n  replayed: ${now}${this.hints()}`,
      count + 1,
      next,
    );
  }

  private nothingReady(): ReplayDivergence {
    const { next, run } = this.script;
    return this.differs(next === undefined ? 'a task was ready' : tellRecorded(next, run.taskNames), 'no task is ready');
  }

  private endOfRecording(): ReplayDivergence {
    const { count, run } = this.script;
    const why =
      run.outcome === undefined
        ? 'the process ended here, or was recorded no farther'
        : 'the run ended here, and at replay it goes on';
    const message = `the recording of ${this.name} ends after step ${count}: ${why}`;
    const end = new ReplayDivergence(message, count + 1, undefined);
    end.isEnd = run.outcome === undefined;
    return end;
  }

  /** What may have led the program another way. */
  hints(): string {
    const { unknown } = this;
    if (unknown.size === 0) return '';
    return `\n  it used what the recording does not have: ${[...unknown].join(', ')}`;
  }
}

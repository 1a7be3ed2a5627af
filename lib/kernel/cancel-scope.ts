/**
 * A region of a task's execution that can be cancelled as a unit, with a deadline and a shield.
 *
 * A scope is entered once, by one task, and left by the same task: that is not checked but built in, because the
 * body runs in a frame of the task. The scope is that frame itself: entering costs no further object.
 */
import { announce } from '../base/arrival.js';
import { Cancelled } from '../base/cancelled.js';
import { checkDeadline, checkDuration } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import { makeController } from '../base/own-signal.js';
import { printable } from '../base/printable.js';
import { because, byWhom, requireTask } from './current.js';
import type { Coroutine, Effect, Operation } from './effect.js';
import { goOnThrowing, goOnWith } from './frame.js';
import { reconsiderStops, requestStop, type StopOptions, whenStopRequested } from './graceful-stop.js';
import { effectKind, makeEffect } from './kind.js';
import { adoptResult } from './operation.js';
import { CAUGHT, Scope } from './scope.js';
import { ENTERED, FRESH, LEFT } from './stages.js';
import type { Engine, Frame, Task } from './task.js';

/** What a scope gives when it has caught its own cancellation; undefined when there is no such rule. May throw. */
export interface CaughtRule {
  caught(scope: CancelScope): unknown;
}

export interface CancelScopeOptions {
  /** When the scope is cancelled, on the clock of `currentTime()`; default Infinity. May lie in the past. */
  deadline?: number;
  /** Milliseconds, counted from entering the scope. With a deadline too, the earlier wins. */
  timeout?: number;
  /** Deaf to cancellation from outside; default false. */
  shield?: boolean;
}

export class CancelScope extends Scope {
  /** @internal */
  own: Cancelled | null = null;
  /** @internal */
  shielded = false;
  /** @internal Frame */
  iterator!: Coroutine<unknown>;
  /** @internal Frame */
  below: Frame | null = null;
  /** @internal */
  protected phase: number = FRESH;
  private task: Task | null = null;
  /** null rather than Infinity for none, here and in `timeout`: V8 would box a number that is no small integer. */
  private dueAt: number | null;
  private timeout: number | null;
  private controller: AbortController | null = null;
  private caught = false;
  private rule: CaughtRule | null = null;

  constructor(options?: CancelScopeOptions) {
    super();
    this.dueAt = null;
    this.timeout = null;
    if (options !== undefined) {
      checkOptions(options, 'new CancelScope(options)');
      const { deadline, timeout, shield } = options;
      if (deadline !== undefined) {
        checkDeadline(deadline, "a scope's deadline");
        this.dueAt = deadline === Infinity ? null : deadline;
      }
      if (timeout !== undefined) {
        checkDuration(timeout, "a scope's timeout");
        this.timeout = timeout === Infinity ? null : timeout;
      }
      if (shield !== undefined) this.shielded = checkShield(shield);
    }
  }

  /**
   * Runs `body` inside this scope and gives what it returns, or undefined when the scope was cancelled and its
   * Cancelled ended the body. A scope runs once.
   *
   * Entering and leaving are no checkpoints. Errors pass through.
   *
   * @throws Error if the scope has been entered before.
   * @example
   *     const scope = new CancelScope({ timeout: 500 });
   *     const answer = yield* scope.run(function* () { return yield* ask(); });
   *     if (scope.cancelledCaught) console.log('no answer in time');
   */
  run<T>(body: (this: void, scope: CancelScope) => Operation<T>): Effect<T | undefined> {
    checkBody(body, 'scope.run(body)');
    return makeEffect<T | undefined, CancelScope, ScopeBody>(RUN_SCOPE, this, body);
  }

  /**
   * Cancels everything inside the scope: its checkpoints throw Cancelled until it is left. Not a checkpoint; may
   * be called from anywhere, also before the scope is entered. The first call counts, later ones do nothing.
   */
  cancel(reason?: unknown): void {
    if (this.own !== null) return;
    this.cancelBecause(Cancelled.create(`a scope was cancelled${byWhom()}${because(reason)}`, reason, this));
  }

  /** @internal Cancels the scope with an error of the caller's making. */
  cancelBecause(cancelled: Cancelled): void {
    if (this.phase === LEFT) this.own ??= cancelled;
    else {
      this.task?.loop.timers.disarm(this); // it has nothing to do any more, and a run must not wait for it
      this.cancelWith(cancelled);
    }
  }

  /** Asks what runs inside to come to an end by itself, and cancels it `graceMs` later: see `graceful-stop.ts`. */
  requestStop(options?: StopOptions): void {
    requestStop(this, options);
  }

  /** Waits until this scope, or one around it, has been asked to stop: `yield* scope.stopRequested`. A checkpoint. */
  get stopRequested(): Effect<void> {
    return whenStopRequested(this);
  }

  /** When the scope is cancelled, on the clock of `currentTime()`. Setting it has immediate effect. */
  get deadline(): number {
    return this.dueAt ?? Infinity;
  }

  set deadline(deadline: number) {
    checkDeadline(deadline, "a scope's deadline");
    this.dueAt = deadline === Infinity ? null : deadline;
    if (this.phase === ENTERED) {
      this.timeout = null; // it set the deadline on entry, and no longer counts
      const { loop } = this.task as Task;
      this.armTimer(loop, loop.now());
      loop.reconsider();
    }
  }

  /** @internal The deadline is what the scope was given when it was made: nobody has set another since. */
  isDueAt(deadline: number | null, timeout: number | null): boolean {
    return timeout === null ? this.dueAt === deadline : this.timeout === timeout;
  }

  /** Deaf to cancellation from outside. Setting it has immediate effect. */
  get shield(): boolean {
    return this.shielded;
  }

  set shield(shield: boolean) {
    if (checkShield(shield) === this.shielded) return;
    this.shielded = shield;
    if (this.phase !== ENTERED) return;
    this.spread();
    if (!shield) reconsiderStops();
  }

  /** The scope was asked to be cancelled. */
  get cancelCalled(): boolean {
    return this.own !== null;
  }

  /** The scope has caught its Cancelled: its body was cut short. */
  get cancelledCaught(): boolean {
    return this.caught;
  }

  /** What was given to `cancel`; 'deadline' when the deadline passed. */
  get reason(): unknown {
    return this.own?.reason;
  }

  /** Aborts, with the Cancelled as its reason, in the very step in which the scope is effectively cancelled. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = makeController();
      if (this.effective !== null) this.controller.abort(this.effective);
    }
    return this.controller.signal;
  }

  /** @internal */
  get host(): Task | null {
    return this.task;
  }

  /** @internal The deadline has passed. */
  fire(): void {
    const message = `the deadline of a scope of task ${printable(String(this.task?.name))} passed`;
    this.cancelBecause(Cancelled.create(message, 'deadline', this));
  }

  /** @internal For a scope not entered: limits that have been checked. */
  limit(deadline: number | null, timeout: number | null, shield: boolean): void {
    this.dueAt = deadline;
    this.timeout = timeout;
    this.shielded = shield;
  }

  /** @internal */
  unshield(): void {
    this.shielded = false;
    this.spread();
  }

  /** @internal */
  checkFresh(): void {
    if (this.phase !== FRESH)
      throw new Error('a CancelScope runs once, and this one has been entered before: make a new one');
  }

  /** @internal Puts the running task inside the scope. */
  attach(task: Task): void {
    this.checkFresh();
    this.phase = ENTERED;
    this.task = task;
    this.linkTo(task.scope);
    task.scope = this;
    if (this.effective !== null) this.controller?.abort(this.effective);
    if (this.timeout !== null || this.dueAt !== null) {
      const now = task.loop.now(); // a look at the clock is a tenth of what a timeout costs: one is enough
      if (this.timeout !== null) {
        if (this.dueAt === null || now + this.timeout < this.dueAt) this.dueAt = now + this.timeout;
        else this.timeout = null;
      }
      this.armTimer(task.loop, now);
    }
  }

  /** @internal Takes its task out of the scope. */
  detach(task: Task): void {
    task.loop.timers.disarm(this);
    task.scope = this.parent as Scope;
    this.unlink();
    this.parent = null;
    this.phase = LEFT;
  }

  /** @internal Enters the scope with a body that runs in a frame of its own. */
  enter(task: Task, operation: unknown, body: object, rule: CaughtRule | null, where: string): true {
    const iterator = adoptResult(operation, body, where);
    this.attach(task);
    this.rule = rule;
    this.iterator = iterator;
    this.below = task.frame;
    task.frame = this;
    return true;
  }

  /** @internal Frame */
  returned(task: Task): boolean {
    this.pop(task);
    return true;
  }

  /** @internal Frame */
  threw(task: Task, _loop: Engine, error: unknown): boolean {
    const onward = this.leaveWith(error);
    this.pop(task);
    if (onward !== CAUGHT) return goOnThrowing(task, onward);
    if (this.rule === null) return goOnWith(task, undefined);
    try {
      return goOnWith(task, this.rule.caught(this));
    } catch (failure) {
      return goOnThrowing(task, announce(failure));
    }
  }

  /** @internal Frame */
  describe(): string {
    return 'cancel scope';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `CancelScope { deadline: ${this.deadline}, shield: ${this.shield}, cancelCalled: ${this.cancelCalled} }`;
  }

  /** @internal What an error amounts to that leaves the scope: CAUGHT, or the error that goes on. */
  leaveWith(error: unknown): unknown {
    const onward = this.filter(error);
    if (onward !== error && onward !== this.parent?.effective) this.caught = true;
    return onward;
  }

  protected override notify(): void {
    super.notify();
    if (this.effective !== null) this.controller?.abort(this.effective);
  }

  /** @internal Takes its task out of the scope and back to the coroutine that entered it. */
  protected pop(task: Task): void {
    this.detach(task);
    task.frame = this.below;
  }

  private armTimer(loop: Engine, now: number): void {
    loop.timers.disarm(this);
    if (this.dueAt === null || this.own !== null) return;
    if (this.dueAt > now) {
      loop.timers.arm(this, this.dueAt);
      return;
    }
    // What fell due before, in this step, comes first (rule L6): the deadline of a scope around this one, say.
    const { timers } = loop;
    for (let due = timers.takeDue(this.dueAt); due !== undefined; due = timers.takeDue(this.dueAt))
      due.fire();
    this.fire();
  }
}

type ScopeBody = (this: void, scope: CancelScope) => Operation<unknown>;

const RUN_SCOPE = effectKind<CancelScope, ScopeBody>({
  name: 'cancelScope',
  perform(task, _loop, { a: scope, b: body }) {
    scope.checkFresh(); // first: a body that is a plain function runs when it is called
    return scope.enter(task, body(scope), body, null, "a scope's body");
  },
});

/** Refuses a shield that is neither up nor down. */
export function checkShield(shield: unknown): boolean {
  if (typeof shield !== 'boolean') throw new TypeError('shield must be true or false');
  return shield;
}

/** Refuses a body that is no function, where it was passed. */
export function checkBody(body: unknown, what: string): void {
  if (typeof body !== 'function') throw noBody(what);
}

function noBody(what: string): TypeError {
  return new TypeError(`${what} takes a generator function: pass function* () { … } itself, do not call it`);
}

/**
 * When the innermost code will be cancelled at the latest: the earliest deadline of the scopes around it, up to
 * the first shield. -Infinity when it is cancelled already, Infinity when no deadline is set.
 *
 * @throws NoEventLoopError outside of a task.
 * Semantics: Trio's `current_effective_deadline`.
 */
export function currentEffectiveDeadline(): number {
  const task = requireTask('currentEffectiveDeadline()');
  if (task.scope.effective !== null) return -Infinity;
  let deadline = Infinity;
  for (let node: Scope | null = task.scope; node !== null; node = node.shielded ? null : node.parent) {
    if (node instanceof CancelScope) deadline = Math.min(deadline, node.deadline);
  }
  return deadline;
}

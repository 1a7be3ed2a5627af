/**
 * The fair wait queue under every primitive, and the effects that wait in one.
 *
 * Locks, semaphores, events and streams are all this: try at once; if that is not possible now, queue up; whoever
 * makes it possible later takes the first of the queue and hands over directly, so that nobody barges in between.
 * A *rule* says how to try and where to queue; the rest (checkpoint, cancellation, parking, waking, order) is here
 * and the same for all.
 *
 *     yield acquire ──▶ cancelled already?          throw Cancelled
 *                   ──▶ rule.tryNow(…)  a value     back of the ready queue (every effect is a checkpoint)
 *                                       PENDING     parked, last in rule.queueOf(…)
 *     later:  queue.shift()?.wake(value)            the first in the queue has it: it is out of the queue, and a
 *                                                   cancellation that comes now comes too late (rule C3)
 *     or:     the task is cancelled                 out of the queue, without a trace
 *
 * Anyone can write a primitive with it: it is exported as `treadle/lowlevel`.
 */
import { announce } from '../base/arrival.js';
import { FORCED } from './deadlock.js';
import { type Effect, KIND } from './effect.js';
import { type Arguments, type EffectKind, makeEffect } from './kind.js';
import type { Engine, Task, Wait } from './task.js';
import { READY } from './task-state.js';

/** What `tryNow` gives when the task has to queue up. */
export const PENDING: unique symbol = Symbol('treadle.pending');

/** What changes when a waiter is used again. */
interface Contents<A, V> {
  task: Task | null;
  arg: A | undefined;
  resource: unknown;
  kind: WaitKind<never, A, V>;
}

/** A task that queues. `A` is what the effect carries (the item to send, say), `V` what it gives. */
export class Waiter<A, V> implements Wait {
  /** The task, as `currentTask()` shows it. */
  readonly task: Task;
  readonly arg: A;
  /** What the operation was called on: tells the ends of a stream apart that share a queue. */
  readonly resource: unknown;
  /** @internal */
  readonly queue: WaitQueue<A, V>;
  /** @internal */
  readonly kind: WaitKind<never, A, V>;
  /** @internal */
  next: Waiter<A, V> | null = null;
  /** @internal The one before; of the first: the last. Null exactly while it is in no queue. */
  prev: Waiter<A, V> | null = null;

  /** @internal */
  constructor(task: Task, arg: A, resource: unknown, queue: WaitQueue<A, V>, kind: WaitKind<never, A, V>) {
    this.task = task;
    this.arg = arg;
    this.resource = resource;
    this.queue = queue;
    this.kind = kind;
  }

  /**
   * Ends the wait with a value. The waiter has been taken out of its queue, by `shift` or `remove`.
   *
   * @throws Error if it has not, or if its wait has ended before.
   */
  wake(value: V): void {
    checkTaken(this, 'wake');
    const { task } = this;
    if (this.queue.reuses === true) this.queue.keep(this); // compared: see loop.ts
    task.wake(value);
  }

  /** @internal Makes it what waits now: it takes the place of a new one. */
  fill(
    this: Contents<A, V>,
    task: Task | null,
    arg: A | undefined,
    resource: unknown,
    kind: WaitKind<never, A, V>,
  ): void {
    this.task = task;
    this.arg = arg;
    this.resource = resource;
    this.kind = kind;
  }

  /** Ends the wait with an error. @throws Error as `wake` does. */
  fail(error: unknown): void {
    checkTaken(this, 'fail');
    this.task.wakeThrowing(announce(error));
  }

  /**
   * Ends the wait with another one: the task waits for `effect` now, in the queue of that from this moment on, and
   * gets what it gives. What has been promised to it is not taken back: no cancellation ends the second wait.
   *
   * @throws TypeError if `effect` is none that `waitEffects` has made.
   * @throws Error as `wake` does.
   * @example
   *     condition.queue.shift()?.passOn(lock.acquire()); // notified: what is left to wait for is the lock
   */
  passOn(effect: Effect<V>): void {
    const { [KIND]: kind, a: resource, b: arg } = effect;
    if (!(kind instanceof WaitKind)) {
      throw new TypeError(`waiter.passOn(effect) takes an effect of waitEffects(), not ${kind.name}`);
    }
    checkTaken(this, 'passOn');
    const { task } = this;
    try {
      const value: V | typeof PENDING = kind.rule.tryNow(resource, arg, task);
      if (task.link !== this) return; // the try has cancelled the task
      if (value !== PENDING) task.wake(value);
      else {
        const queue: WaitQueue<unknown, V> = kind.rule.queueOf(resource, arg);
        const waiter = new PromisedWaiter(task, arg, resource, queue, kind);
        queue.push(waiter);
        task.park(waiter);
      }
    } catch (error) {
      failAnyway(task, error);
    }
  }

  /** Wait: the task is cancelled. The loop calls it. */
  abort(): boolean {
    const { task, queue } = this;
    // Taken out, and not woken yet: if its waker has failed in between, nobody else will end the wait.
    if (this.prev === null) return true;
    queue.remove(this);
    try {
      queue.left?.(this);
    } catch (error) {
      failAnyway(task, error); // the task's to handle, not the canceller's
      return false;
    }
    return task.link === this; // unless `left` has ended the wait itself
  }

  /** Wait: what is waited for. */
  describe(): string {
    const { rule } = this.kind;
    return rule.describe?.(this.resource as never, this.arg) ?? this.queue.description?.() ?? rule.name;
  }

  /** Wait: who could end it. */
  blockers(): readonly Task[] {
    return this.kind.rule.blockers?.(this.resource as never, this.arg, this.task) ?? [];
  }
}

/**
 * A waiter whose wait is to be ended must be out of its queue, and its task still wait on it: a task woken twice would
 * stand in the ready queue twice, which is a ring, and others would be lost with it.
 */
function checkTaken<A, V>(waiter: Waiter<A, V>, method: string): void {
  const task: Task | null = waiter.task; // null while the waiter is kept to be used again
  if (task === null || task.link !== waiter || waiter.prev !== null) throw notTaken(waiter, method);
}

function notTaken<A, V>({ prev, queue, kind }: Waiter<A, V>, method: string): Error {
  const again = queue.reuses
    ? '; or it was woken before and serves another wait now: keep no waiter that was woken'
    : '';
  const problem =
    prev === null
      ? 'its wait has ended before: a waiter is woken once, and not after its task was cancelled'
      : `the waiter is still in its queue; take it out first: queue.shift()?.${method}(…)${again}`;
  return new Error(`waiter.${method}() for ${kind.name}: ${problem}`);
}

/** Throws the error into a task whose wait was being ended, however far that has come. */
function failAnyway(task: Task, error: unknown): void {
  const { waiting } = task;
  announce(error);
  if (waiting === null) task.replaceWithError(error);
  else {
    if (waiting instanceof Waiter && waiting.prev !== null) waiting.queue.remove(waiting); // it was passed on
    task.wakeThrowing(error);
  }
}

/**
 * One whose wait another one has ended by `passOn`: it cannot be given up, but in a run that is past all hope, or if it was
 * taken out and not woken.
 */
class PromisedWaiter<A, V> extends Waiter<A, V> {
  override wake(value: V): void {
    checkTaken(this, 'wake');
    this.task.wake(value); // it is none that the queue could use again
  }

  override abort(): boolean {
    return (this.prev === null || this.task.loop.hopelessness >= FORCED) && super.abort();
  }
}

/** Waiters, first come first served; a doubly linked list through the waiters themselves, so that leaving is O(1). */
export class WaitQueue<A = undefined, V = void> {
  private head: Waiter<A, V> | null = null;
  private count = 0;
  /** What is waited for here, in words: for task dumps and deadlock reports. */
  description: (() => string) | undefined;
  /** Called when a waiter has left because it was cancelled. */
  left: ((waiter: Waiter<A, V>) => void) | undefined;

  /** @internal What waits here is ended by something outside of the run: it can still wake the run (rule L5). */
  readonly isForeign: boolean;
  /** @internal See the constructor. */
  readonly reuses: boolean;
  private spare: Waiter<A, V> | null = null;

  /**
   * @param description What is waited for, in words: for task dumps and deadlock reports.
   * @param options.reuse A waiter that has been woken serves the next wait again, which saves the collector work where
   *   tasks hand over to each other all the time. It is another task's then: keep no waiter that was woken.
   */
  constructor(description?: () => string, options?: { foreign?: boolean; reuse?: boolean }) {
    this.description = description;
    this.left = undefined;
    this.isForeign = options?.foreign === true;
    this.reuses = options?.reuse === true;
  }

  /**
   * @internal Keeps a waiter, emptied, for the next task that has to wait. Where tasks hand over to each other all the
   * time that is nearly always the same one, grown old, and the collector need not be told of a young one that is
   * written into an old task and an old queue: 4 % of a profile of ping-pong, and 78 bytes less a round.
   */
  keep(waiter: Waiter<A, V>): void {
    waiter.fill(null, undefined, null, waiter.kind);
    this.spare = waiter;
  }

  /** @internal Puts a task into the queue; it is to be parked on what this gives. */
  enter(task: Task, arg: A, resource: unknown, kind: WaitKind<never, A, V>): Waiter<A, V> {
    let waiter = this.spare;
    if (waiter === null) waiter = new Waiter<A, V>(task, arg, resource, this, kind);
    else {
      this.spare = null;
      waiter.fill(task, arg, resource, kind);
    }
    this.push(waiter);
    return waiter;
  }

  get length(): number {
    return this.count;
  }

  /** The one that has waited longest, or null. */
  get first(): Waiter<A, V> | null {
    return this.head;
  }

  /** @internal */
  push(waiter: Waiter<A, V>): void {
    const { head } = this;
    if (head === null) {
      this.head = waiter;
      waiter.prev = waiter;
    } else {
      const last = head.prev as Waiter<A, V>;
      last.next = waiter;
      waiter.prev = last;
      head.prev = waiter;
    }
    this.count++;
    if (this.isForeign === true) waiter.task.loop.foreign++;
  }

  /** Takes out the one that has waited longest; wake it at once: a task that is cancelled in between is woken no more. */
  shift(): Waiter<A, V> | null {
    const first = this.head;
    if (first !== null) this.take(first);
    return first;
  }

  /** Takes out a waiter that is in the queue. @throws Error if it is not: it was taken out before, or its task cancelled. */
  remove(waiter: Waiter<A, V>): void {
    if (waiter.queue !== this || waiter.prev === null) {
      throw new Error(
        'queue.remove(waiter): the waiter is not in this queue; it was taken out before, or its task was cancelled',
      );
    }
    this.take(waiter);
  }

  private take(waiter: Waiter<A, V>): void {
    const { prev, next } = waiter;
    if (this.head === waiter) this.head = next;
    else (prev as Waiter<A, V>).next = next;
    const after = next ?? this.head; // behind the last comes the first, which knows who is last
    if (after !== null) after.prev = prev;
    waiter.prev = null;
    waiter.next = null;
    this.count--;
    if (this.isForeign === true) waiter.task.loop.foreign--;
  }

  /** Wakes all, in order. */
  wakeAll(value: V): void {
    for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) waiter.wake(value);
  }

  /** Fails all, in order, each with an error of its own. */
  failAll(error: () => unknown): void {
    while (this.head !== null) {
      const one = error(); // first: who was taken out and not failed would be left behind if this threw
      this.shift()?.fail(one);
    }
  }

  *[Symbol.iterator](): Generator<Waiter<A, V>, void, undefined> {
    for (let waiter = this.head; waiter !== null; waiter = waiter.next) yield waiter;
  }
}

/** How to try, and where to queue up. One object per operation of a primitive (`Lock.acquire`), shared by all locks. */
export interface WaitRule<R, A, V> {
  /** For task dumps: 'lock.acquire'. */
  readonly name: string;
  /** Does it now and gives its value, or PENDING if it has to wait. What it throws is thrown at the yield. */
  tryNow(resource: R, arg: A, task: Task): V | typeof PENDING;
  /** Where to wait. Asked after PENDING; a tool such as `treadle record` asks before, so it changes nothing. */
  queueOf(resource: R, arg: A): WaitQueue<A, V>;
  /** What a task waits for here, in words, for task dumps and deadlock reports; default: the queue's description, or `name`. */
  describe?(resource: R, arg: A): string;
  /** The tasks that could end the wait; default: nobody in particular. */
  blockers?(resource: R, arg: A, task: Task): readonly Task[];
}

class WaitKind<R, A, V> implements EffectKind<R, A> {
  readonly name: string;
  /** @internal */
  readonly rule: WaitRule<R, A, V>;

  constructor(rule: WaitRule<R, A, V>) {
    this.name = rule.name;
    this.rule = rule;
  }

  perform(task: Task, loop: Engine, effect: Arguments<R, A>): boolean {
    const cancelled = task.scope.effective;
    if (cancelled !== null) {
      task.wakeThrowing(cancelled);
      return false;
    }
    const { a: resource, b: arg } = effect;
    const value = this.rule.tryNow(resource, arg, task);
    // Most values are no symbols, and to see that is quick; to compare two things of which nothing is known is a call.
    if (typeof value === 'symbol' && value === PENDING) {
      task.park(this.rule.queueOf(resource, arg).enter(task, arg, resource, this));
    } else {
      task.state = READY;
      task.value = value;
      loop.enqueue(task);
    }
    return false;
  }
}

/**
 * Makes the function that makes the effects of a rule. A checkpoint: the effect either happens and gives its value,
 * or throws Cancelled and has not happened.
 *
 * @example
 *     class Gate {
 *       private isOpen = false;
 *       private readonly queue = new WaitQueue();
 *       private static readonly pass = waitEffects<Gate, undefined, void>({
 *         name: 'gate.pass',
 *         tryNow: (gate) => (gate.isOpen ? undefined : PENDING),
 *         queueOf: (gate) => gate.queue,
 *       });
 *       pass(): Effect<void> {
 *         return Gate.pass(this, undefined);
 *       }
 *       open(): void {
 *         this.isOpen = true;
 *         this.queue.wakeAll();
 *       }
 *     }
 */
export function waitEffects<R, A, V>(rule: WaitRule<R, A, V>): (resource: R, arg: A) => Effect<V> {
  const kind = new WaitKind(rule);
  return (resource, arg) => makeEffect<V, R, A>(kind, resource, arg);
}

/**
 * A counter of permits. A permit belongs to nobody: any task may release, and one that acquires need never do so
 * (a producer releases, a consumer acquires). `value` is 0 while tasks are queued, so nobody can overtake them.
 *
 * What `acquire` gives has to do nothing when it is disposed after a release by hand (rule R1). But which permit
 * did `release()` give back, when permits have no owner? That of the task's latest acquisition that is still out,
 * if there is one. So the permits that are out are listed by task, latest first:
 *
 *     latest  Map { task a → permit ⇄ permit, task b → permit }
 *
 * Where some tasks acquire and others release, that list would grow for ever. So once it is long, each release by a
 * task that has nothing out takes the oldest task off it. Its permits are then such as no release by hand refers to.
 */
import { WouldBlock } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import { taskInStep } from '../kernel/current.js';
import type { Effect } from '../kernel/effect.js';
import type { TaskInfo } from '../kernel/instrument.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { checkCount, checkLimit } from './count.js';
import { isLiveTask, NotHeldError, named, titled } from './errors.js';

/** The list is allowed to be that long, whoever releases. */
const LONG = 1000;

/** One acquisition. */
class Permit implements Disposable {
  readonly taker: TaskInfo | null;
  /** Of the same taker: acquired before this one, and after it. */
  earlier: Permit | null;
  later: Permit | null = null;
  /** Not given back yet. */
  isOut = true;
  /** Among those that `release()` may refer to. */
  isListed = true;
  private readonly semaphore: Semaphore;

  constructor(semaphore: Semaphore, taker: TaskInfo | null, earlier: Permit | null) {
    this.semaphore = semaphore;
    this.taker = taker;
    this.earlier = earlier;
    if (earlier !== null) earlier.later = this;
  }

  [Symbol.dispose](): void {
    if (this.isOut) this.semaphore.giveBack(this);
  }
}

/**
 * Lets a number of tasks at a time into a section. First come, first served: `release` hands its permit over to
 * the task that has waited longest.
 *
 * @param initial The permits that are there at first: a whole number, 0 or more.
 * @param options.max More permits than that cannot be there: a release too many is an error. Default: no limit.
 * @param options.name What task dumps and deadlock reports call it.
 * @throws RangeError if `initial` or `max` is negative, fractional or NaN, or `initial` is more than `max`;
 *   TypeError if one is no number.
 * @example
 *     const connections = new Semaphore(10);
 *     function* query(sql: string): Coroutine<Row[]> {
 *       using _ = yield* connections.acquire(); // released at the end of the block, however it is left
 *       return yield* send(sql);
 *     }
 * Semantics: AnyIO's `Semaphore`.
 */
export class Semaphore {
  readonly max: number | undefined;
  private readonly name: string | undefined;
  private permits: number;
  private readonly queue = new WaitQueue<undefined, Permit>(undefined, { reuse: true });
  /** For each task that has permits out: the latest. */
  private readonly latest = new Map<TaskInfo | null, Permit>();
  /** The permits that can be reached from `latest`. */
  private listed = 0;
  private static readonly acquiring = waitEffects<Semaphore, undefined, Permit>({
    name: 'semaphore.acquire',
    tryNow: (semaphore, _arg, task) => semaphore.tryAcquire(task),
    queueOf: (semaphore) => semaphore.queue,
    describe: (semaphore) =>
      `${titled('semaphore', semaphore.name)} (no permit left, ${semaphore.queue.length} waiting)`,
    blockers: (semaphore) => [...semaphore.latest.keys()].filter(isLiveTask),
  });

  constructor(initial: number, options?: { max?: number; name?: string }) {
    checkCount(initial, 'new Semaphore(initial)');
    if (options !== undefined) checkOptions(options, 'new Semaphore(initial, options)');
    this.name = options?.name;
    const max = options?.max;
    if (max !== undefined) {
      checkLimit(max, "a Semaphore's max");
      if (initial > max) throw new RangeError(`new Semaphore(${initial}) has a max of only ${max}`);
    }
    this.max = max;
    this.permits = initial;
  }

  /** The permits that are there. */
  get value(): number {
    return this.permits;
  }

  /**
   * Waits until a permit is there and takes it. Dispose what it gives (`using`), or call `release()`: in the same task.
   * If another task releases in its stead, drop what it gives: disposing that would put back a permit too many, which
   * is noticed only where there is a `max`.
   *
   * A checkpoint. A wait that is cancelled leaves the queue; a permit that has been handed over is not lost.
   *
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  acquire(this: this): Effect<Disposable> {
    return Semaphore.acquiring(this, undefined);
  }

  /** Takes a permit if one is there. Not a checkpoint. @throws WouldBlock if none is. */
  acquireNowait(): Disposable {
    const permit = this.tryAcquire(taskInStep());
    if (permit === PENDING) {
      throw new WouldBlock(
        `the semaphore has no permit left; ${this.queue.length} tasks wait for one: use acquire() to wait, too`,
      );
    }
    return permit;
  }

  /**
   * Hands a permit over to the task that has waited longest, or puts it back. Any task may do that, also one that
   * has acquired none. Not a checkpoint; may be called from anywhere.
   *
   * @throws NotHeldError if all `max` permits are there.
   */
  release(): void {
    const permit = this.latest.get(taskInStep());
    if (permit !== undefined) {
      this.giveBack(permit);
      return;
    }
    if (this.permits === this.max) {
      throw new NotHeldError(
        `release() of a Semaphore by ${named(taskInStep())}: all of its ${this.max} permits are there, ` +
          'so nobody holds one; release once for each acquire, or leave it to `using`',
      );
    }
    if (this.listed > LONG) this.forgetOldest();
    this.handOver();
  }

  statistics(): { readonly tasksWaiting: number } {
    return { tasksWaiting: this.queue.length };
  }

  /** @internal Gives a permit back that is out. */
  giveBack(permit: Permit): void {
    permit.isOut = false;
    if (permit.isListed) this.unlist(permit);
    // It was released on its behalf by a task that had none out: there is nothing to give back.
    if (this.permits !== this.max) this.handOver();
  }

  private unlist(permit: Permit): void {
    const { earlier, later, taker } = permit;
    this.listed--;
    if (earlier !== null) earlier.later = later;
    if (later !== null) later.earlier = earlier;
    else if (earlier !== null) this.latest.set(taker, earlier);
    else this.latest.delete(taker);
  }

  /** Takes the permits of the task off the list that has been on it longest. */
  private forgetOldest(): void {
    for (const [taker, latest] of this.latest) {
      for (let permit: Permit | null = latest; permit !== null; permit = permit.earlier) {
        permit.isListed = false;
        this.listed--;
      }
      this.latest.delete(taker);
      return;
    }
  }

  private tryAcquire(taker: TaskInfo | null): Permit | typeof PENDING {
    if (this.permits === 0) return PENDING;
    this.permits--;
    return this.handOut(taker);
  }

  private handOut(taker: TaskInfo | null): Permit {
    const permit = new Permit(this, taker, this.latest.get(taker) ?? null);
    this.latest.set(taker, permit);
    this.listed++;
    return permit;
  }

  private handOver(): void {
    const next = this.queue.shift();
    if (next === null) this.permits++;
    else next.wake(this.handOut(next.task));
  }
}

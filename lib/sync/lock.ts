/**
 * A lock that belongs to a task.
 *
 *     acquire:  free?              the task holds it
 *               its own?           AlreadyHeldError
 *               held by another    last in the queue ─┐
 *     release:                     first in the queue ◀┘ holds it from this moment on, before it has run: nobody
 *                                  gets in between
 *     the owner ends without releasing: all in the queue, and all who come later, get BrokenResourceError (rule R3),
 *                                  for what the lock protects may have been left half done
 *
 * The end of the owner concerns only those who wait. So it is watched only while there are any, and a lock that
 * nobody contends for costs a task nothing.
 */
import { BrokenResourceError, WouldBlock, withoutStack } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import { requireTask } from '../kernel/current.js';
import type { Effect } from '../kernel/effect.js';
import type { TaskInfo } from '../kernel/instrument.js';
import type { Task, Watcher } from '../kernel/task.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { AlreadyHeldError, isLiveTask, NotHeldError, named, titled } from './errors.js';

export interface LockStatistics {
  readonly locked: boolean;
  /** The task that holds the lock. */
  readonly owner: TaskInfo | undefined;
  readonly tasksWaiting: number;
}

/** One acquisition. It is the lock's `hold` until it is released; after that, disposing it does nothing (rule R1). */
export class LockHold implements Disposable {
  /** @internal */
  readonly owner: Task;
  private readonly lock: Lock;

  /** @internal */
  constructor(lock: Lock, owner: Task) {
    this.lock = lock;
    this.owner = owner;
  }

  [Symbol.dispose](): void {
    if (this.lock.isHeldBy(this)) this.lock.release();
  }
}

/** Tells the lock when the task that holds it ends. Armed exactly while tasks are queued behind a living owner. */
class OwnerWatch implements Watcher {
  private owner: Task | null = null;
  private readonly ownerEnded: () => void;

  constructor(ownerEnded: () => void) {
    this.ownerEnded = ownerEnded;
  }

  arm(owner: Task): void {
    if (this.owner === owner) return;
    this.owner = owner;
    owner.addWatcher(this);
  }

  disarm(): void {
    this.owner?.removeWatcher(this);
    this.owner = null;
  }

  watchedEnded(): void {
    this.owner = null;
    this.ownerEnded();
  }
}

/**
 * Lets one task at a time into a section that contains checkpoints. (Between two yields nothing else runs: what
 * does not yield needs no lock.) First come, first served: `release` hands the lock over to the task that has
 * waited longest. Not re-entrant. The owner is the task that acquires, so acquire it in the task that uses it,
 * not in a child (`race`, `all`).
 *
 * @param options.name What task dumps and deadlock reports call it.
 * @example
 *     const lock = new Lock();
 *     function* append(line: string): Coroutine<void> {
 *       using _ = yield* lock.acquire(); // released at the end of the block, however it is left
 *       yield* write(line);
 *     }
 * Semantics: AnyIO's `Lock`.
 */
export class Lock {
  /** Set exactly while the lock is held; it stays set when its owner has ended, and the lock is broken. */
  private hold: LockHold | null = null;
  private watch: OwnerWatch | null = null;
  private readonly name: string | undefined;
  private readonly queue = new WaitQueue<undefined, LockHold>(undefined, { reuse: true });
  private static readonly acquiring = waitEffects<Lock, undefined, LockHold>({
    name: 'lock.acquire',
    tryNow: (lock, _arg, task) => lock.tryOrWatch(task),
    queueOf: (lock) => lock.queue,
    describe: (lock) => lock.heldBy(),
    blockers: (lock) => [lock.hold?.owner].filter(isLiveTask),
  });

  constructor(options?: { name?: string }) {
    if (options !== undefined) checkOptions(options, 'new Lock(options)');
    this.name = options?.name;
  }

  /**
   * Waits until the lock is free and takes it. Dispose what it gives (`using`), or call `release()`.
   *
   * A checkpoint. A wait that is cancelled leaves the queue; a lock that has been handed over is not lost.
   *
   * @throws AlreadyHeldError if this task holds the lock.
   * @throws BrokenResourceError if the task that held the lock has ended without releasing it.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  acquire(this: this): Effect<Disposable> {
    return Lock.acquiring(this, undefined);
  }

  /**
   * Takes the lock if it is free. Not a checkpoint.
   *
   * @throws WouldBlock if another task holds it.
   * @throws AlreadyHeldError if this task holds it.
   * @throws BrokenResourceError if the task that held it has ended without releasing it.
   * @throws NoEventLoopError outside of a task.
   */
  acquireNowait(): Disposable {
    const hold = this.tryAcquire(requireTask('lock.acquireNowait()'));
    if (hold === PENDING)
      throw new WouldBlock(`the lock is held by ${this.holder()}; use acquire() to wait for it`);
    return hold;
  }

  /**
   * Gives the lock to the task that has waited longest, or frees it. Not a checkpoint.
   *
   * @throws NotHeldError if this task does not hold the lock; the message says who does.
   * @throws NoEventLoopError outside of a task.
   */
  release(): void {
    this.checkHeld(requireTask('lock.release()'), 'release() of a Lock');
    this.handOver();
  }

  statistics(): LockStatistics {
    return {
      locked: this.hold !== null,
      owner: this.hold?.owner,
      tasksWaiting: this.queue.length,
    };
  }

  /** @internal */
  isHeldBy(hold: LockHold): boolean {
    return this.hold === hold;
  }

  /** @internal Refuses a task that does not hold the lock, and gives its hold. */
  checkHeld(task: Task, what: string): LockHold {
    const { hold } = this;
    if (hold !== null && hold.owner === task) return hold;
    throw new NotHeldError(
      `${what} by ${named(task)}, which does not hold it: ` +
        `${hold === null ? 'nobody does; acquire it first' : `${this.holder()} does`}`,
    );
  }

  /** @internal Takes the lock from its owner, who keeps the hold for `takeBack`. */
  letGo(): void {
    this.handOver();
  }

  /** @internal The owner has acquired the lock again: what it got the first time is what releases it. */
  takeBack(hold: LockHold): void {
    if (this.hold?.owner === hold.owner) this.hold = hold;
  }

  /** 'lock "db" held by worker-2 (#4)'. */
  private heldBy(): string {
    const owner = this.hold?.owner;
    const holder = owner === undefined ? 'nobody' : `${owner.name} (#${owner.id})`;
    const isOver = owner?.hasEnded === true ? ', which has ended without releasing it' : '';
    return `${titled('lock', this.name)} held by ${holder}${isOver}`;
  }

  private holder(): string {
    const owner = this.hold?.owner;
    if (owner === undefined) return 'nobody';
    return owner.hasEnded ? `${named(owner)}, which has ended without releasing it` : named(owner);
  }

  private tryAcquire(task: Task): LockHold | typeof PENDING {
    const owner = this.hold?.owner;
    if (owner === undefined) {
      this.hold = new LockHold(this, task);
      return this.hold;
    }
    if (owner === task) {
      throw new AlreadyHeldError(
        `${named(task)} acquires a Lock that it holds already, and would wait for itself for ever; ` +
          'a Lock is not re-entrant: acquire it once, further out',
      );
    }
    if (owner.hasEnded) throw this.broken();
    return PENDING;
  }

  private broken(): BrokenResourceError {
    return new BrokenResourceError(
      `the lock can never be acquired: it is held by ${this.holder()}; ` +
        'acquire it with `using _ = yield* lock.acquire()`, which releases it however the block is left',
    );
  }

  /** Who is about to queue up must hear of it if the owner ends without releasing the lock. */
  private tryOrWatch(task: Task): LockHold | typeof PENDING {
    const hold = this.tryAcquire(task);
    if (hold === PENDING) this.watchOwner();
    return hold;
  }

  private watchOwner(): void {
    this.watch ??= new OwnerWatch(() => this.queue.failAll(() => withoutStack(() => this.broken())));
    this.watch.arm((this.hold as LockHold).owner);
  }

  private handOver(): void {
    this.watch?.disarm();
    const next = this.queue.shift();
    if (next === null) {
      this.hold = null;
      return;
    }
    this.hold = new LockHold(this, next.task);
    if (this.queue.length > 0) this.watchOwner();
    next.wake(this.hold);
  }
}

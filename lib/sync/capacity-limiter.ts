/**
 * Tokens that are lent to borrowers: a semaphore that knows who holds what, and whose size can be changed.
 *
 * As long as tasks are queued no token is free: whoever makes one free (a release, a larger total) hands it to the
 * first of the queue in the same step.
 */
import { describe } from '../base/durations.js';
import { WouldBlock, withoutStack } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import { requireTask } from '../kernel/current.js';
import type { Effect } from '../kernel/effect.js';
import { Task } from '../kernel/task.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { checkLimit } from './count.js';
import { AlreadyHeldError, isLiveTask, NotHeldError, named, titled } from './errors.js';

/** What a queued task waits for a token for: itself, or what it acquires on behalf of. */
const MYSELF: unique symbol = Symbol('the task itself');

/** How many borrowers an error message names. */
const NAMED_AT_MOST = 5;

/** One token lent. */
class Loan implements Disposable {
  readonly borrower: unknown;
  private readonly limiter: CapacityLimiter;

  constructor(limiter: CapacityLimiter, borrower: unknown) {
    this.limiter = limiter;
    this.borrower = borrower;
  }

  [Symbol.dispose](): void {
    if (this.limiter.isCurrent(this)) this.limiter.releaseOnBehalfOf(this.borrower);
  }
}

/**
 * Lets a number of borrowers at a time into a section; a borrower holds one token at most. The borrower is the task
 * itself, or any value that `acquireOnBehalfOf` is given (a connection, a user's id). First come, first served.
 *
 * @param total The number of tokens: a whole number, 0 or more, or Infinity.
 * @param options.name What task dumps and deadlock reports call it.
 * @throws RangeError if `total` is negative, fractional or NaN, TypeError if it is no number.
 * @example
 *     const limiter = new CapacityLimiter(4);
 *     function* convert(image: Image): Coroutine<void> {
 *       using _ = yield* limiter.acquire(); // released at the end of the block, however it is left
 *       yield* resize(image);
 *     }
 *     limiter.totalTokens = 8;              // four of those who wait go on
 * Semantics: AnyIO's `CapacityLimiter`.
 */
export class CapacityLimiter {
  private total: number;
  private readonly name: string | undefined;
  private readonly loans = new Map<unknown, Loan>();
  private readonly queue = new WaitQueue<unknown, Loan>(undefined, { reuse: true });
  private static readonly acquiring = waitEffects<CapacityLimiter, unknown, Loan>({
    name: 'capacityLimiter.acquire',
    tryNow: (limiter, arg, task) => limiter.tryAcquire(arg === MYSELF ? task : arg),
    queueOf: (limiter) => limiter.queue,
    describe: (limiter) => {
      const { name, loans, total, queue } = limiter;
      const lent = `${loans.size} of ${total} tokens are lent, ${limiter.holders()}`;
      return `${titled('capacity limiter', name)} (${lent}; ${queue.length} waiting)`;
    },
    blockers: (limiter) => [...limiter.loans.keys()].filter(isLiveTask),
  });

  constructor(total: number, options?: { name?: string }) {
    checkLimit(total, 'new CapacityLimiter(total)');
    if (options !== undefined) checkOptions(options, 'new CapacityLimiter(total, options)');
    this.name = options?.name;
    this.total = total;
  }

  /**
   * The number of tokens. A larger one serves those who wait at once; a smaller one takes nothing away: until enough
   * have been released there are fewer than 0 available.
   *
   * @throws RangeError if it is set to what is negative, fractional or NaN, TypeError if that is no number.
   */
  get totalTokens(): number {
    return this.total;
  }

  set totalTokens(total: number) {
    checkLimit(total, "a CapacityLimiter's totalTokens");
    this.total = total;
    this.serve();
  }

  get borrowedTokens(): number {
    return this.loans.size;
  }

  /** Below 0 after `totalTokens` has been set to less than what is lent. */
  get availableTokens(): number {
    return this.total - this.loans.size;
  }

  /**
   * Waits until a token is free and borrows it for this task. Dispose what it gives (`using`), or call `release()`.
   *
   * A checkpoint. A wait that is cancelled leaves the queue; a token that has been handed over is not lost.
   *
   * @throws AlreadyHeldError if this task has borrowed one.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  acquire(this: this): Effect<Disposable> {
    return CapacityLimiter.acquiring(this, MYSELF);
  }

  /**
   * Borrows a token for this task if one is free. Not a checkpoint.
   *
   * @throws WouldBlock if none is free.
   * @throws AlreadyHeldError if this task has borrowed one.
   * @throws NoEventLoopError outside of a task.
   */
  acquireNowait(): Disposable {
    return this.acquireOnBehalfOfNowait(requireTask('capacityLimiter.acquireNowait()'));
  }

  /**
   * Waits until a token is free and borrows it for `borrower`, any value but undefined. Two tasks may wait for the
   * same borrower; if it still holds the first one's token when the second one's turn comes, the second one fails.
   *
   * A checkpoint, like `acquire`.
   *
   * @throws AlreadyHeldError if the borrower has one.
   * @throws TypeError if `borrower` is undefined.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  acquireOnBehalfOf(borrower: unknown): Effect<Disposable> {
    checkBorrower(borrower, 'acquireOnBehalfOf(borrower)');
    return CapacityLimiter.acquiring(this, borrower);
  }

  /**
   * Borrows a token for `borrower` if one is free. Not a checkpoint.
   *
   * @throws WouldBlock if none is free.
   * @throws AlreadyHeldError if the borrower has one.
   * @throws TypeError if `borrower` is undefined.
   */
  acquireOnBehalfOfNowait(borrower: unknown): Disposable {
    checkBorrower(borrower, 'acquireOnBehalfOfNowait(borrower)');
    const loan = this.tryAcquire(borrower);
    if (loan === PENDING) {
      throw new WouldBlock(
        `all ${this.total} tokens of the CapacityLimiter are lent, ${this.holders()}; use acquire() to wait for one`,
      );
    }
    return loan;
  }

  /**
   * Gives back the token that this task has borrowed. Not a checkpoint.
   *
   * @throws NotHeldError if it has borrowed none; the message says who has.
   * @throws NoEventLoopError outside of a task.
   */
  release(): void {
    this.releaseOnBehalfOf(requireTask('capacityLimiter.release()'));
  }

  /**
   * Gives back the token of `borrower`. Not a checkpoint; may be called from anywhere.
   *
   * @throws NotHeldError if it has none; the message says who has.
   */
  releaseOnBehalfOf(borrower: unknown): void {
    if (!this.loans.delete(borrower)) {
      throw new NotHeldError(
        `${describeBorrower(borrower)} gives back a token of a CapacityLimiter, and has none; ` +
          `${this.loans.size} of ${this.total} tokens are lent, ${this.holders()}`,
      );
    }
    this.serve();
  }

  statistics(): {
    readonly borrowedTokens: number;
    readonly totalTokens: number;
    readonly borrowers: readonly unknown[];
    readonly tasksWaiting: number;
  } {
    return {
      borrowedTokens: this.loans.size,
      totalTokens: this.total,
      borrowers: [...this.loans.keys()],
      tasksWaiting: this.queue.length,
    };
  }

  /** @internal Whether the loan has not been paid back: its borrower may have another one by now. */
  isCurrent(loan: Loan): boolean {
    return this.loans.get(loan.borrower) === loan;
  }

  private tryAcquire(borrower: unknown): Loan | typeof PENDING {
    if (this.loans.has(borrower)) throw alreadyHeld(borrower);
    return this.loans.size < this.total ? this.lend(borrower) : PENDING;
  }

  private lend(borrower: unknown): Loan {
    const loan = new Loan(this, borrower);
    this.loans.set(borrower, loan);
    return loan;
  }

  /** Hands free tokens to those who have waited longest. */
  private serve(): void {
    while (this.loans.size < this.total) {
      const next = this.queue.shift();
      if (next === null) return;
      const borrower = next.arg === MYSELF ? next.task : next.arg;
      if (this.loans.has(borrower)) next.fail(withoutStack(() => alreadyHeld(borrower)));
      else next.wake(this.lend(borrower));
    }
  }

  private holders(): string {
    const borrowers = [...this.loans.keys()];
    if (borrowers.length === 0) return 'to nobody';
    const names = borrowers.slice(0, NAMED_AT_MOST).map(describeBorrower).join(', ');
    return `to ${names}${borrowers.length > NAMED_AT_MOST ? ', …' : ''}`;
  }
}

function describeBorrower(borrower: unknown): string {
  return borrower instanceof Task ? named(borrower) : describe(borrower);
}

function alreadyHeld(borrower: unknown): AlreadyHeldError {
  return new AlreadyHeldError(
    `${describeBorrower(borrower)} has a token of this CapacityLimiter already, and a borrower has one at most; ` +
      'acquire it once, further out, or on behalf of something else',
  );
}

function checkBorrower(borrower: unknown, what: string): void {
  if (borrower === undefined)
    throw new TypeError(`${what} takes whoever the token is lent to, not undefined`);
}

/** An order imposed on several tasks, so that a spec decides which interleaving it tests. */
import { BrokenResourceError } from '../base/errors.js';
import type { Effect } from '../kernel/effect.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';

/**
 * Lets tasks take turns in the order of numbers that the spec gives: 0, 1, 2, …, each once.
 *
 * @example
 *     const sequencer = new Sequencer();
 *     function* one() {
 *       { using _ = yield* sequencer.turn(0); log.push('one'); }
 *       { using _ = yield* sequencer.turn(2); log.push('one again'); }
 *     }
 *     function* two() {
 *       using _ = yield* sequencer.turn(1);
 *       log.push('two');
 *     }
 * Semantics: Trio's `Sequencer`.
 */
export class Sequencer {
  private static readonly takeTurn = waitEffects<Sequencer, number, Disposable>({
    name: 'sequencer.turn',
    tryNow: (sequencer, position) => sequencer.claim(position),
    queueOf: (sequencer) => sequencer.queue,
  });

  private readonly claimed = new Set<number>();
  private readonly queue = new WaitQueue<number, Disposable>(() => `sequencer.turn, after turn ${this.next}`);
  private next = 0;
  private isBroken = false;

  constructor() {
    // The turn of one that was cancelled while it waited never comes, nor does any after it: nobody is to hang.
    this.queue.left = (waiter) => {
      this.isBroken = true;
      this.queue.failAll(() => broken(waiter.arg));
    };
  }

  /**
   * Waits for turn `position`; it lasts until what this gives is disposed of. A checkpoint.
   *
   * @throws RangeError if `position` is no whole number from 0 on: at the call.
   * @throws Error if the turn was taken before.
   * @throws BrokenResourceError if a task that waited for a turn was cancelled.
   * @throws Cancelled if the surrounding scope is cancelled; the sequence is then broken.
   */
  turn(position: number): Effect<Disposable> {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError(`a turn of a Sequencer is a whole number from 0 on, not ${position}`);
    }
    return Sequencer.takeTurn(this, position);
  }

  private claim(position: number): Disposable | typeof PENDING {
    if (this.isBroken) throw broken(position);
    if (this.claimed.has(position)) {
      throw new Error(`turn ${position} of the Sequencer has been taken: each number is for one turn`);
    }
    this.claimed.add(position);
    return position === this.next ? this.hold(position) : PENDING;
  }

  /** The turn, as the one whose it is holds it. */
  private hold(position: number): Disposable {
    return { [Symbol.dispose]: () => this.end(position) };
  }

  private end(position: number): void {
    if (position !== this.next) return; // disposed of twice
    this.next++;
    for (const waiter of this.queue) {
      if (waiter.arg !== this.next) continue;
      this.queue.remove(waiter);
      waiter.wake(this.hold(waiter.arg));
      return;
    }
  }
}

function broken(position: number): BrokenResourceError {
  return new BrokenResourceError(
    `turn ${position} of the Sequencer cannot come: a task that waited for its turn was cancelled`,
  );
}

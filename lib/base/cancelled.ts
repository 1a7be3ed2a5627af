/**
 * The error that a cancelled task sees at its checkpoints. One object per `cancel()` call, however many tasks it
 * reaches: creating an error costs microseconds, so a cancel that reaches a million tasks makes one.
 */
import { nameErrors, withoutStack } from './errors.js';

/**
 * Thrown at the checkpoints of a cancelled scope until the scope is left. Let it pass: clean up in `finally`, and
 * do not swallow it (if you do, the next checkpoint throws again). The scope that was cancelled catches it.
 *
 * The message tells why (a deadline, a sibling's error, the reason given to `cancel`) and which task asked for it.
 * `cause` is the error of the sibling, when one failed. Semantics: Trio's `Cancelled`.
 */
export class Cancelled extends Error {
  static {
    nameErrors(Cancelled, 'Cancelled');
  }
  /** What was given to `cancel(reason)`; for a deadline the string 'deadline', for a failed sibling its error. */
  readonly reason: unknown;
  /** @internal The scope that was cancelled: it, and no other, catches this object. */
  declare readonly scope: object;

  private constructor(message: string, reason: unknown, scope: object, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    Object.defineProperty(this, 'scope', { value: scope, enumerable: false });
  }

  /** @internal */
  static create(message: string, reason: unknown, scope: object, options?: ErrorOptions): Cancelled {
    return withoutStack(() => new Cancelled(message, reason, scope, options));
  }
}

/** True for a `Cancelled`. In a `catch` that must tell cancellation from errors: `if (isCancelled(error)) throw error;` */
export function isCancelled(error: unknown): error is Cancelled {
  return error instanceof Cancelled;
}

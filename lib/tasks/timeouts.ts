/** Cancel scopes for everyday use: with a body at once, with a time limit, with a shield. */
import { checkDeadline, checkDuration } from '../base/durations.js';
import { TimeoutError, withoutStack } from '../base/errors.js';
import { checkOptions } from '../base/options.js';
import {
  CancelScope,
  type CancelScopeOptions,
  type CaughtRule,
  checkBody,
  checkShield,
} from '../kernel/cancel-scope.js';
import type { Effect, Operation } from '../kernel/effect.js';
import { effectKind, makeEffect } from '../kernel/kind.js';

/** What failAfter and failAt give their body: it can move the deadline, not cancel, so that there always is a value. */
export type Deadline = Pick<
  CancelScope,
  'deadline' | 'shield' | 'cancelCalled' | 'cancelledCaught' | 'signal'
>;

type ScopeBody = (this: void, scope: CancelScope) => Operation<unknown>;

/** How a scope is to be made each time the effect is yielded, and what it gives when it caught its cancellation. */
class ScopePlan implements CaughtRule {
  readonly deadline: number | null;
  readonly timeout: number | null;
  readonly shield: boolean;
  private readonly otherwise: unknown;

  constructor(deadline: number | null, timeout: number | null, shield: boolean, otherwise: unknown) {
    this.deadline = deadline;
    this.timeout = timeout;
    this.shield = shield;
    this.otherwise = otherwise;
  }

  caught(_scope: CancelScope): unknown {
    return this.otherwise;
  }
}

class FailPlan extends ScopePlan {
  override caught(scope: CancelScope): unknown {
    const reason = this.reason === undefined ? '' : ` (${this.reason})`;
    throw withoutStack(
      () => new TimeoutError(`the operation did not finish ${this.limitOf(scope)}${reason}`),
    );
  }

  private readonly reason: string | undefined;

  private limitOf(scope: CancelScope): string {
    const byDeadline = `by its deadline, ${scope.deadline}`;
    const isMoved = !scope.isDueAt(this.deadline, this.timeout);
    if (this.timeout === null) return isMoved ? `${byDeadline}, which it had moved` : byDeadline;
    return isMoved
      ? `${byDeadline}, which took the place of its ${this.timeout} ms`
      : `within ${this.timeout} ms`;
  }

  constructor(deadline: number | null, timeout: number | null, shield: boolean, reason: string | undefined) {
    super(deadline, timeout, shield, undefined);
    this.reason = reason;
  }
}

const SCOPE = effectKind<ScopeBody, ScopePlan>({
  name: 'cancelScope',
  perform(task, _loop, effect) {
    const { a: body, b: plan } = effect;
    const scope = new CancelScope();
    scope.limit(plan.deadline, plan.timeout, plan.shield);
    return scope.enter(task, body(scope), body, plan, "a scope's body");
  },
});

function scopeEffect<T>(
  body: (this: void, scope: CancelScope) => Operation<unknown>,
  plan: ScopePlan,
  what: string,
): Effect<T> {
  checkBody(body, what);
  return makeEffect<T, ScopeBody, ScopePlan>(SCOPE, body, plan);
}

/** null stands for no limit, as in AnyIO; so it does from here on for Infinity. */
function limit(
  value: number | null,
  check: (value: number, what: string) => void,
  what: string,
): number | null {
  if (value === null) return null;
  check(value, what);
  return value === Infinity ? null : value;
}

function shieldOf(options: { shield?: boolean } | undefined): boolean {
  return options?.shield === undefined ? false : checkShield(options.shield);
}

/**
 * Runs `body` inside a new cancel scope: `yield* cancelScope(function* (scope) { … scope.cancel() … })`. Gives
 * what the body returns, or undefined when the scope was cancelled. Entering and leaving are no checkpoints.
 *
 * Semantics: Trio's `CancelScope`.
 */
export function cancelScope<T>(
  body: (this: void, scope: CancelScope) => Operation<T>,
  options?: CancelScopeOptions,
): Effect<T | undefined> {
  if (options !== undefined) checkOptions(options, 'cancelScope()');
  const deadline = limit(options?.deadline ?? Infinity, checkDeadline, "a scope's deadline");
  const timeout = limit(options?.timeout ?? Infinity, checkDuration, "a scope's timeout");
  return scopeEffect(
    body,
    new ScopePlan(deadline, timeout, shieldOf(options), undefined),
    'cancelScope(body)',
  );
}

/**
 * Runs `body` for at most `ms` milliseconds; gives its value, or `otherwise` when time ran out. null: no limit.
 *
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number.
 * @example
 *     const answer = yield* moveOnAfter(500, function* () { return yield* ask(); }, { otherwise: 'no answer' });
 * Semantics: AnyIO's `move_on_after`.
 */
export function moveOnAfter<T, const O = undefined>(
  ms: number | null,
  body: (this: void, scope: CancelScope) => Operation<T>,
  options?: { shield?: boolean; otherwise?: O },
): Effect<T | NoInfer<O>> {
  if (options !== undefined) checkOptions(options, 'moveOnAfter()');
  const timeout = limit(ms, checkDuration, 'moveOnAfter(ms)');
  return scopeEffect(
    body,
    new ScopePlan(null, timeout, shieldOf(options), options?.otherwise),
    'moveOnAfter(ms, body)',
  );
}

/** Like `moveOnAfter`, until a time on the clock of `currentTime()`; it may lie in the past. */
export function moveOnAt<T, const O = undefined>(
  deadline: number | null,
  body: (this: void, scope: CancelScope) => Operation<T>,
  options?: { shield?: boolean; otherwise?: O },
): Effect<T | NoInfer<O>> {
  if (options !== undefined) checkOptions(options, 'moveOnAt()');
  const at = limit(deadline, checkDeadline, 'moveOnAt(deadline)');
  return scopeEffect(
    body,
    new ScopePlan(at, null, shieldOf(options), options?.otherwise),
    'moveOnAt(deadline, body)',
  );
}

/**
 * Runs `body` deaf to cancellation from outside: for clean-up that has to wait. Give it a limit too, or it may
 * hold up a shutdown for ever.
 *
 * @example
 *     try { … } finally {
 *       yield* shield(function* () { yield* connection.close(); });
 *     }
 * Semantics: AnyIO's `CancelScope(shield=True)`.
 */
export function shield<T>(body: (this: void, scope: Deadline) => Operation<T>): Effect<T> {
  return scopeEffect(body, new ScopePlan(null, null, true, undefined), 'shield(body)');
}

/**
 * Runs `body` for at most `ms` milliseconds; gives its value. null: no limit.
 *
 * @param options.reason Added to the error's message.
 * @throws TimeoutError when time ran out.
 * @throws RangeError if `ms` is negative or NaN, TypeError if it is no number.
 * @example
 *     const user = yield* failAfter(500, function* () { return yield* fetchUser(7); });
 * Semantics: AnyIO's `fail_after`.
 */
export function failAfter<T>(
  ms: number | null,
  body: (this: void, deadline: Deadline) => Operation<T>,
  options?: { shield?: boolean; reason?: string },
): Effect<T> {
  if (options !== undefined) checkOptions(options, 'failAfter()');
  const timeout = limit(ms, checkDuration, 'failAfter(ms)');
  return scopeEffect(
    body,
    new FailPlan(null, timeout, shieldOf(options), options?.reason),
    'failAfter(ms, body)',
  );
}

/** Like `failAfter`, until a time on the clock of `currentTime()`; it may lie in the past. */
export function failAt<T>(
  deadline: number | null,
  body: (this: void, deadline: Deadline) => Operation<T>,
  options?: { shield?: boolean; reason?: string },
): Effect<T> {
  if (options !== undefined) checkOptions(options, 'failAt()');
  const at = limit(deadline, checkDeadline, 'failAt(deadline)');
  return scopeEffect(
    body,
    new FailPlan(at, null, shieldOf(options), options?.reason),
    'failAt(deadline, body)',
  );
}

/**
 * The graceful phase before a cancellation: a scope is *asked* to stop, those inside who listen finish what they
 * have in hand, and when the grace is over the scope is cancelled.
 *
 *     scope.requestStop({ graceMs: 5_000 })
 *        │ at once    every stopRequested() inside completes, isStopRequested() is true: in nested scopes too
 *        ▼ 5 s later  the scope's deadline: what is still running is cancelled
 *
 * The request is a mark on the scope, and who asks looks from where it stands up to the first shield, as
 * cancellation travels. The grace is the scope's own deadline brought forward, so nested scopes see the earliest
 * without any timer more. Those who wait are in one queue: a request is rare, and looks at all of them.
 */
import { checkDuration } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import { requireTask } from './current.js';
import type { Effect } from './effect.js';
import type { Scope } from './scope.js';
import type { Task } from './task.js';
import { PENDING, WaitQueue, waitEffects } from './wait-queue.js';

export interface StopOptions {
  /** Milliseconds until the scope is cancelled; default Infinity: it is only asked. */
  graceMs?: number;
}

/** A cancel scope, as a request to stop sees it. */
interface Stoppable extends Scope {
  deadline: number;
  readonly host: Task | null;
}

const asked = new WeakSet<Scope>();
/** Each waits for a scope, or, null, for whatever the task is in. */
const waiters = new WaitQueue<Scope | null>(() => 'a request to stop');

const wait = waitEffects<undefined, Scope | null, void>({
  name: 'stopRequested',
  tryNow: (_nothing, scope, task) => (isAsked(scope ?? task.scope) ? undefined : PENDING),
  queueOf: () => waiters,
});

/** Whether a node, or one above it as far as no shield hides it, has been asked to stop. */
function isAsked(scope: Scope): boolean {
  for (let node: Scope | null = scope; node !== null; node = node.shielded ? null : node.parent) {
    if (asked.has(node)) return true;
  }
  return false;
}

/** Wakes those who wait for a request that reaches them by now: one has been made, a shield is down, a task has moved. */
export function reconsiderStops(): void {
  if (waiters.length === 0) return;
  for (const waiter of [...waiters]) {
    if (!isAsked(waiter.arg ?? waiter.task.scope)) continue;
    waiters.remove(waiter);
    waiter.wake();
  }
}

/** Behind `CancelScope.requestStop`. */
export function requestStop(scope: Stoppable, options: StopOptions | undefined): void {
  checkOptions(options, 'requestStop(options)');
  const graceMs = options?.graceMs ?? Infinity;
  checkDuration(graceMs, 'requestStop({ graceMs })');
  if (graceMs === Infinity) {
    askToStop(scope);
    return;
  }
  const { loop } = scope.host ?? requireTask('requestStop({ graceMs }) of a scope that is not entered');
  askToStop(scope);
  scope.deadline = Math.min(scope.deadline, loop.now() + graceMs);
}

/** Asks what runs inside a node to come to an end by itself, and leaves it at that. */
export function askToStop(scope: Scope): void {
  asked.add(scope);
  reconsiderStops();
}

/** Behind `CancelScope.stopRequested`. */
export function whenStopRequested(scope: Scope): Effect<void> {
  return wait(undefined, scope);
}

const theStopRequested = wait(undefined, null);

/**
 * Waits until a scope around the running code has been asked to stop by `scope.requestStop()`: `graceMs` later
 * what has not ended by itself is cancelled. A shield hides the requests outside of it.
 *
 * A checkpoint.
 *
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     yield* race([serve(), stopRequested()]);   // stop accepting, then finish what is open
 * Semantics: AnyIO and Trio have none; it is the pattern of a shutdown event, tied to the tree of scopes.
 */
export function stopRequested(): Effect<void> {
  return theStopRequested;
}

/**
 * Whether a scope around the running code has been asked to stop: for loops that look between two pieces of work.
 *
 * @throws NoEventLoopError outside of a task.
 * @example
 *     while (!isStopRequested()) yield* handleNext();
 */
export function isStopRequested(): boolean {
  return isAsked(requireTask('isStopRequested()').scope);
}

/**
 * Whether code is a checkpoint, found out from outside: a probe is put at the end of the ready queue before the
 * code runs, and as the queue is first in, first out, the probe runs before the code goes on exactly if the code
 * let go of the loop. Whether cancellation is delivered shows in a scope that is cancelled already.
 */
import { isCancelled } from '../base/cancelled.js';
import { call } from '../kernel/call.js';
import { CancelScope, checkBody } from '../kernel/cancel-scope.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { taskGroup } from '../tasks/task-group.js';

type Body<T> = (this: void) => Operation<T>;

interface Observation {
  hasSwitched: boolean;
  outcome: { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };
}

/** Runs the body, and tells whether other tasks could run meanwhile. Cancellation passes through. */
function* observe<T>(body: Body<T>): Coroutine<Observation> {
  let hasSwitched = false;
  return yield* taskGroup(function* (tg): Coroutine<Observation> {
    tg.startSoon(function* probe(): Coroutine<void> {
      hasSwitched = true;
    });
    try {
      const value = yield* call(body);
      return { hasSwitched, outcome: { ok: true, value } };
    } catch (error) {
      if (isCancelled(error)) throw error;
      return { hasSwitched, outcome: { ok: false, error } }; // not thrown here: the group would wrap it
    }
  });
}

/** Makes the error of a check that has failed; it leads to the line that asked for the check, where this is called. */
type Complain = (message: string) => Error;

function complainHere(): Complain {
  const stack = String(new Error().stack);
  return (message) => {
    const error = new Error(message);
    error.stack = `Error: ${message}${stack.slice(stack.indexOf('\n'))}`;
    return error;
  };
}

function result<T>({ outcome }: Observation): T {
  if (!outcome.ok) throw outcome.error;
  return outcome.value as T;
}

/**
 * Runs the body twice, and fails unless it is a checkpoint. First in a cancelled scope: there it must end with
 * Cancelled, and so must have had no effect. Then as it is: there it must let other tasks run. Gives the value of
 * the second time. What to pass is one operation, with nothing before it that would mind happening twice.
 *
 * @throws Error if the body delivers no cancellation, or does not let other tasks run.
 * @throws what the body throws.
 * @example
 *     yield* assertCheckpoints(() => lock.acquire());
 * Semantics: Trio's `assert_checkpoints`, which counts where this one tries.
 */
export function assertCheckpoints<T>(body: Body<T>): Effect<T> {
  checkBody(body, 'assertCheckpoints(body)');
  return call(mustBeCheckpoint<T>, body, complainHere());
}

function* mustBeCheckpoint<T>(body: Body<T>, complain: Complain): Coroutine<T> {
  const scope = new CancelScope();
  scope.cancel('assertCheckpoints');
  let ended = false;
  yield* scope.run(function* () {
    yield* call(body);
    ended = true;
  });
  if (ended) {
    throw complain(
      'no checkpoint: the operation completed in a cancelled scope, where it should have thrown Cancelled',
    );
  }
  const observation = yield* observe(body);
  if (observation.outcome.ok && !observation.hasSwitched) {
    throw complain('no checkpoint: the operation did not let other tasks run');
  }
  return result(observation);
}

/**
 * Runs the body once, in a cancelled scope, and fails if it is a checkpoint: if it delivers cancellation or lets
 * other tasks run. Gives the body's value.
 *
 * @throws Error if the body delivers cancellation, or lets other tasks run.
 * @throws what the body throws.
 * @example
 *     yield* assertNoCheckpoints(function* () { event.set(); });
 * Semantics: Trio's `assert_no_checkpoints`.
 */
export function assertNoCheckpoints<T>(body: Body<T>): Effect<T> {
  checkBody(body, 'assertNoCheckpoints(body)');
  return call(mustNotBeCheckpoint<T>, body, complainHere());
}

function* mustNotBeCheckpoint<T>(body: Body<T>, complain: Complain): Coroutine<T> {
  const scope = new CancelScope();
  const observation = yield* scope.run(() =>
    observe<T>(function* () {
      scope.cancel('assertNoCheckpoints');
      return yield* call(body);
    }),
  );
  if (observation === undefined) {
    throw complain('a checkpoint: the operation delivered a cancellation');
  }
  if (observation.hasSwitched) throw complain('a checkpoint: the operation let other tasks run');
  return result(observation);
}

/** The bare checkpoints: places where the loop may switch tasks and where cancellation is delivered. */
import type { Effect } from './effect.js';
import { type EffectKind, effectKind, makeEffect } from './kind.js';
import type { Engine, Task } from './task.js';
import { AT_CHECKPOINT, READY } from './task-state.js';

/** A class, for it is one of the four that the loop tells apart: see `kind.ts`. */
class CheckpointKind implements EffectKind<undefined, undefined> {
  readonly name = 'checkpoint';

  perform(task: Task, loop: Engine): boolean {
    const cancelled = task.scope.effective;
    if (cancelled !== null) task.wakeThrowing(cancelled);
    else {
      task.state = AT_CHECKPOINT;
      loop.enqueue(task);
    }
    return false;
  }
}

const CHECKPOINT_IF_CANCELLED = effectKind<undefined, undefined>({
  name: 'checkpointIfCancelled',
  perform(task) {
    const cancelled = task.scope.effective;
    if (cancelled === null) return true;
    task.wakeThrowing(cancelled);
    return false;
  },
});

const CANCEL_SHIELDED_CHECKPOINT = effectKind<undefined, undefined>({
  name: 'cancelShieldedCheckpoint',
  perform(task, loop) {
    task.state = READY;
    loop.enqueue(task);
    return false;
  },
});

const theCheckpoint = makeEffect<void, undefined, undefined>(new CheckpointKind(), undefined, undefined);
const theCheckpointIfCancelled = makeEffect<void, undefined, undefined>(
  CHECKPOINT_IF_CANCELLED,
  undefined,
  undefined,
);
const theCancelShieldedCheckpoint = makeEffect<void, undefined, undefined>(
  CANCEL_SHIELDED_CHECKPOINT,
  undefined,
  undefined,
);

/**
 * Lets the other tasks run that are ready, then goes on. Long computations yield it now and then.
 *
 * A checkpoint: cancellation is delivered before the switch or, when it comes while the task is in the queue,
 * after it.
 *
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     for (const row of rows) {
 *       work(row);
 *       yield* checkpoint();
 *     }
 * Semantics: Trio's `checkpoint`.
 */
export function checkpoint(): Effect<void> {
  return theCheckpoint;
}

/**
 * Throws if the surrounding scope is cancelled; otherwise goes on at once, without switching tasks.
 *
 * @throws Cancelled if the surrounding scope is cancelled.
 * Semantics: Trio's `checkpoint_if_cancelled`.
 */
export function checkpointIfCancelled(): Effect<void> {
  return theCheckpointIfCancelled;
}

/**
 * Lets the other tasks run that are ready, and delivers no cancellation: for an operation that has taken effect
 * and must not throw any more.
 *
 * Semantics: Trio's `cancel_shielded_checkpoint`.
 */
export function cancelShieldedCheckpoint(): Effect<void> {
  return theCancelShieldedCheckpoint;
}

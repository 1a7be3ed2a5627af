/**
 * The line at which an error arrived that no code of the coroutine's has made: a wait that failed, a time limit that
 * ran out, an effect that could not be done. JavaScript gives an error the stack of where it is *made*, and that is
 * the loop, or the task that closed the stream; nothing in it leads to the `yield*` that gets it:
 *
 *     ClosedResourceError: receiving from a stream whose end has been closed
 *         at worker (app.ts:41:27)                              ◀── this line
 *         in task worker (#3), spawned by task main (#1)
 *
 * A generator's frame is on the JavaScript stack only while the generator runs. But `yield* effect` hands an error
 * that the loop throws into the coroutine to `effect.throw(error)`, which is called *from* that frame: there the stack
 * can be taken. Who gives an error to a task announces it here, and so does a coroutine of the engine, run by `call`,
 * that makes one; nothing else pays for it. (A plain `yield effect` calls nothing, so its line cannot be told.)
 */
import { Cancelled } from './cancelled.js';
import { isError } from './error-tree.js';
import { ownerOf, readStack } from './stack-text.js';

/** Errors on their way into a coroutine, until they have a line of the user's. */
const announced = new WeakSet<object>();

/** Announces an error that is to be thrown into a coroutine from outside of it, and gives it back. */
export function announce<E>(error: E): E {
  if (typeof error === 'object' && error !== null) announced.add(error); // what it is can be looked at later
  return error;
}

/**
 * An error goes through the `yield*` of a coroutine: if it was announced and has no line of the user's yet, it gets the
 * ones that are on the stack now, from the caller of `below` on. Those may be the engine's own (`map` is a coroutine,
 * too): then the next coroutine that the error comes to is asked again.
 */
export function arrive(error: unknown, below: (error: unknown) => never): void {
  if (announced.has(error as object)) place(error as object, below);
}

function place(error: object, below: (error: unknown) => never): void {
  // One Cancelled goes to a million tasks: it tells who cancelled, not where.
  if (!isError(error) || error instanceof Cancelled) {
    announced.delete(error);
    return;
  }
  const { frames, trail } = readStack(error);
  const made = aboveStep(frames).map(ownerOf);
  if (trail !== undefined || made.includes('user')) {
    announced.delete(error);
    return;
  }
  try {
    if (made.includes('Node'))
      error.stack = [error.stack, ...framesBelow(below)].join('\n'); // a socket's error, say
    else Error.captureStackTrace?.(error, below);
  } catch {
    // An error whose stack cannot be written goes without.
  }
}

/** A loop at its steps: `steps` of the ordinary one, `step` of the stepped ones. */
const STEP = /^ {4}at (?:\S+\.)?steps? \(/;

/** The frames of one step of a task: those of whoever called `runSync` lie below it, and have nothing to do with it. */
function aboveStep(frames: readonly string[]): readonly string[] {
  const end = frames.findIndex((frame) => STEP.test(frame) && ownerOf(frame) === 'treadle');
  return end < 0 ? frames : frames.slice(0, end);
}

function framesBelow(below: (error: unknown) => never): readonly string[] {
  const here = new Error();
  Error.captureStackTrace?.(here, below);
  return aboveStep(readStack(here).frames).filter((frame) => ownerOf(frame) === 'user');
}

/** How a task stands: the numbers that `task.state` is one of, and what `task.value` then is. See `task.ts`. */

/** Being stepped. */
export const RUNNING = 0;
/** In the ready queue; `value` is what its yield gives. */
export const READY = 1;
/** In the ready queue through a checkpoint: like READY, but a cancellation still turns it into THROWING. */
export const AT_CHECKPOINT = 2;
/** In the ready queue; `value` is what its yield throws. */
export const THROWING = 3;
/** Not in the ready queue; `waiting` is what will wake it. */
export const PARKED = 4;
/**
 * In the ready queue for its first step, which calls the generator function that is its label; `value` is the
 * argument, and `iterator` the second one, if there is one. Many tasks may be spawned before one of them runs: until
 * then there is no generator to be kept, and to be moved by the collector: a third of the bytes that it copies where
 * many short tasks are spawned at once.
 */
export const TO_CALL = 5;
/** The same; `value` is the list of the arguments. */
export const TO_CALL_WITH = 6;
/** Ended; `value` is what it returned. This and the next two are final. */
export const FINISHED = 7;
/** Ended; `value` is the Cancelled. */
export const CANCELLED = 8;
/** Ended; `value` is the error. */
export const FAILED = 9;

/**
 * How far a scope, a wait or a group's body is, and how a call holds its arguments: numbers that fields are one of.
 *
 * They stand in a file without imports, for esbuild writes such constants into the code where they are used. Those of
 * other files become variables of the bundle, which V8 loads and checks each time. See `task-state.ts` as well.
 */

/** A cancel scope: not entered yet; its body runs; left. */
export const FRESH = 0;
export const ENTERED = 1;
export const LEFT = 2;

/** `suspend`. The starter is running: its abort function is not known yet, so a cancellation has to wait for it. */
export const STARTING = 0;
export const WAITING = 1;
/** The abort function has been called, and the wait could not be given up. */
export const ABORTED = 2;
export const SETTLED = 3;

/** The body of a task group: it runs; it has returned or thrown; the group's own Cancelled has ended it. */
export const RUNS = 0;
export const DONE = 1;
export const CUT_SHORT = 2;

/** What the second argument of a `call` effect is: nothing, the one argument, the list of them. */
export const NONE = 0;
export const ONE = 1;
export const LIST = 2;

/**
 * Clean-up that is said where its need arises and done at the end, last in first out.
 *
 * `try … finally` does the same for one resource. With several it nests, and a `finally` that throws hides the
 * error before it. Here each clean-up runs shielded, whatever became of the body and of the clean-ups before it,
 * and every error is kept.
 *
 *     deferring(body)                                             the region: one per call, a stack per task
 *       a = yield* open('a')   defer(close a)      [a]
 *       b = yield* open('b')   defer(close b)      [a, b]
 *       … returns, throws or is cancelled          close b, close a; then the value, the error, or a group
 *
 * `defer` is a plain function: nothing can come between having a resource and promising its clean-up.
 */
import { joinErrors } from '../base/join-errors.js';
import { callFor, coroutine } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import { requireTask } from '../kernel/current.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { shield } from '../tasks/timeouts.js';

/** A generator function, or a plain one that does it at once. */
export type Cleanup = (this: void) => Operation<unknown> | void;

class Region {
  readonly cleanups: Cleanup[] = [];
  readonly outer: Region | undefined;
  isOpen = true;

  constructor(outer: Region | undefined) {
    this.outer = outer;
  }

  add(cleanup: Cleanup): void {
    checkBody(cleanup, 'defer(cleanup)');
    if (!this.isOpen)
      throw new Error('defer(cleanup) came too late: its region has ended, and so have its clean-ups');
    this.cleanups.push(cleanup);
  }
}

/** The innermost region that a task is in. */
const regions = new WeakMap<object, Region>();

const callCleanup = callFor('defer(cleanup)');

function* clean(cleanup: Cleanup): Coroutine<void> {
  const operation = cleanup();
  if (operation !== undefined) yield* callCleanup(() => operation);
}

/** Runs the clean-ups, the last first, those included that clean-ups add. Gives their errors. */
function* cleanUp(region: Region): Coroutine<unknown[]> {
  const errors: unknown[] = [];
  for (let cleanup = region.cleanups.pop(); cleanup !== undefined; cleanup = region.cleanups.pop()) {
    const next = cleanup;
    try {
      yield* shield(() => clean(next));
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

type Body = (this: void, defer: (cleanup: Cleanup) => void) => Operation<unknown>;

const callBody = callFor('deferring(body)');

const runDeferring = coroutine('deferring', function* (body: Body): Coroutine<unknown> {
  const task = requireTask('deferring(body)');
  const region = new Region(regions.get(task));
  regions.set(task, region);
  const errors: unknown[] = [];
  let value: unknown;
  try {
    value = yield* callBody(body, (cleanup: Cleanup) => region.add(cleanup));
  } catch (error) {
    errors.push(error);
  }
  errors.push(...(yield* cleanUp(region)));
  region.isOpen = false;
  if (region.outer === undefined) regions.delete(task);
  else regions.set(task, region.outer);
  if (errors.length === 0) return value;
  throw joinErrors(errors, 'a body and its clean-up');
});

/**
 * Runs `body` and then, however it ended, the clean-ups deferred in it, the last first. Each runs to its end,
 * shielded from cancellation (give it a limit of its own with `failAfter`, or it may hold up a shutdown). Gives
 * what the body returns.
 *
 * Entering and leaving are no checkpoints.
 *
 * @throws what the body or a clean-up threw; if several did, an ExceptionGroup in the order in which they arose.
 * @throws Cancelled if the body was cancelled and no clean-up failed.
 * @example
 *     yield* deferring(function* (defer) {
 *       const connection = yield* connect();
 *       defer(() => connection.close());
 *       yield* serve(connection);
 *     });
 * Semantics: Go's `defer`, Python's `AsyncExitStack`.
 */
export function deferring<T>(
  body: (this: void, defer: (cleanup: Cleanup) => void) => Operation<T>,
): Effect<T> {
  checkBody(body, 'deferring(body)');
  return runDeferring(body) as Effect<T>;
}

/**
 * Has a clean-up done at the end of the innermost `deferring` or `use` that the running task is in. Not a
 * checkpoint.
 *
 * @throws Error if the task is in no such region.
 * @throws NoEventLoopError outside of a task.
 * @example
 *     function* openLog(path: string): Coroutine<Log> {      // to be called inside of deferring()
 *       const log = yield* open(path);
 *       defer(() => log.close());
 *       return log;
 *     }
 */
export function defer(cleanup: Cleanup): void {
  const region = regions.get(requireTask('defer(cleanup)'));
  if (region === undefined) {
    throw new Error(
      'defer(cleanup) is called inside of deferring(body) or use(resource, body), and this task is in none',
    );
  }
  region.add(cleanup);
}

/**
 * The error classes of Treadle. Each has a stable `name`, and its message says what happened and what to do.
 * The name is a literal, because minifiers rename classes, and on the prototype, because V8 writes the first line of
 * `stack` before any field of the instance exists. Like those of JavaScript's own errors it can be written, so that a
 * subclass of a program's may have a name of its own.
 */
import { formatErrorTree } from './error-tree.js';

/** Gives a class of errors its name. */
export function nameErrors(errors: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errors.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** Creates an error without capturing a stack: for errors whose stack would show only the engine's own frames. */
export function withoutStack<E>(create: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return create();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** `failAfter` or `failAt` ran out of time. Semantics: AnyIO's `fail_after`. */
export class TimeoutError extends Error {
  static {
    nameErrors(TimeoutError, 'TimeoutError');
  }
}

/** The result of a task or future was read before it had one: wait for it first (`yield* handle`). */
export class TaskNotFinished extends Error {
  static {
    nameErrors(TaskNotFinished, 'TaskNotFinished');
  }
}

/** The task or future whose result was asked for failed; `cause` is its error. */
export class TaskFailed extends Error {
  static {
    nameErrors(TaskFailed, 'TaskFailed');
  }
}

/** The task or future whose result was asked for was cancelled; `cause` is its `Cancelled`. */
export class TaskCancelled extends TaskFailed {
  static {
    nameErrors(TaskCancelled, 'TaskCancelled');
  }
}

/** The other end of a stream was closed in the ordinary way: there is nothing more to receive. */
export class EndOfStream extends Error {
  static {
    nameErrors(EndOfStream, 'EndOfStream');
  }
}

/** A resource was used after it was closed on this side. */
export class ClosedResourceError extends Error {
  static {
    nameErrors(ClosedResourceError, 'ClosedResourceError');
  }
}

/** A resource can no longer be used because its other side has gone. */
export class BrokenResourceError extends Error {
  static {
    nameErrors(BrokenResourceError, 'BrokenResourceError');
  }
}

/** Two tasks use a resource that only one may use at a time. */
export class BusyResourceError extends Error {
  static {
    nameErrors(BusyResourceError, 'BusyResourceError');
  }
}

/** A `…Nowait` method would have had to wait. */
export class WouldBlock extends Error {
  static {
    nameErrors(WouldBlock, 'WouldBlock');
  }
}

/** A task of a deadlock, and what it waits for. */
export interface DeadlockWait {
  readonly task: { readonly id: number; readonly name: string; readonly parentId: number | undefined };
  /** In words: 'lock "db" held by worker-2 (#3)'. */
  readonly waitsFor: string;
  /** The tasks that could end the wait; empty if that is nobody in particular. */
  readonly blockers: readonly DeadlockWait['task'][];
}

/**
 * Every task of a run is parked and nothing can ever wake one of them. The message lists each and what it waits
 * for, cycles first; `waits` is the same as data. `cause` is an error of the clean-up, if there was one.
 */
export class DeadlockError extends Error {
  static {
    nameErrors(DeadlockError, 'DeadlockError');
  }
  /** In the order of the message. */
  declare readonly waits: readonly DeadlockWait[];

  constructor(message?: string, options?: ErrorOptions & { waits?: readonly DeadlockWait[] }) {
    super(message, options);
    Object.defineProperty(this, 'waits', { value: options?.waits ?? [], enumerable: false });
  }

  /** Node's `console.error` puts an error without stack frames in brackets; this one's message is the report. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return formatErrorTree(this);
  }
}

/** A function that needs a running task was called outside of any. */
export class NoEventLoopError extends Error {
  static {
    nameErrors(NoEventLoopError, 'NoEventLoopError');
  }
}

/** Something of a run was used after the run had ended. */
export class RunFinishedError extends Error {
  static {
    nameErrors(RunFinishedError, 'RunFinishedError');
  }
}

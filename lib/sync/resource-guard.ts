/** Finds out when two tasks use what only one may use at a time, where waiting would hide a mistake. */
import { describe } from '../base/durations.js';
import { BusyResourceError } from '../base/errors.js';
import { taskInStep } from '../kernel/current.js';
import type { TaskInfo } from '../kernel/instrument.js';
import { named } from './errors.js';

class Entry implements Disposable {
  readonly task: TaskInfo | null = taskInStep();
  private readonly leave: (entry: Entry) => void;

  constructor(leave: (entry: Entry) => void) {
    this.leave = leave;
  }

  [Symbol.dispose](): void {
    this.leave(this);
  }
}

/**
 * Lets one task at a time into a section, and fails the second one instead of letting it wait. For objects that
 * must not be used by two tasks, such as a socket that is being read from.
 *
 * @param action What the section does to the resource, for the error: 'reading from'. Default: 'using'.
 * @example
 *     const guard = new ResourceGuard('reading from');
 *     function* receive(): Coroutine<Uint8Array> {
 *       using _ = guard.enter();
 *       return yield* read();
 *     }
 * Semantics: AnyIO's `ResourceGuard`.
 */
export class ResourceGuard {
  private readonly action: string;
  private entry: Entry | null = null;

  constructor(action = 'using') {
    if (typeof action !== 'string') {
      throw new TypeError(
        `new ResourceGuard(action) takes a string, 'reading from' say, not ${describe(action)}`,
      );
    }
    this.action = action;
  }

  /**
   * Enters the section; dispose what it gives to leave (`using`). Not a checkpoint.
   *
   * @throws BusyResourceError if the section has been entered and not left. The message says by whom.
   */
  enter(): Disposable {
    if (this.entry !== null) {
      throw new BusyResourceError(
        `${named(this.entry.task)} is already ${this.action} this resource; only one task at a time may: ` +
          'use it in one task, or put a Lock around it',
      );
    }
    this.entry = new Entry((entry) => {
      if (this.entry === entry) this.entry = null;
    });
    return this.entry;
  }
}

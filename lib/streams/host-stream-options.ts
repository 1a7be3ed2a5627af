/** What the adapters from the host's own streams have in common. */
import { BrokenResourceError, BusyResourceError, ClosedResourceError } from '../base/errors.js';

import { checkChoice, checkOptions } from '../base/options.js';

export interface HostStreamOptions {
  /**
   * What becomes of the host's stream when an operation on it is cancelled: 'destroy' it (default), for its user is
   * gone and nobody else would free what it holds; or 'keep' it usable: a cancelled receive has then taken nothing,
   * as with `moveOnAfter(100, () => stream.receive())`.
   */
  onCancel?: 'destroy' | 'keep';
}

export function destroysOnCancel(options: HostStreamOptions | undefined): boolean {
  checkOptions(options, 'a stream of the host');
  checkChoice(options?.onCancel, ['destroy', 'keep'], 'the option onCancel');
  return options?.onCancel !== 'keep';
}

export function closedHere(doing: string): ClosedResourceError {
  return new ClosedResourceError(`${doing} that has been closed here, or destroyed by a cancellation`);
}

export function busy(doing: string): BusyResourceError {
  return new BusyResourceError(
    `another task is ${doing}; let one task do that, and use a memory object stream to spread the work`,
  );
}

/** The other side, or the host, has ended the stream before its time; `cause` is the host's error, if there is one. */
export function broken(doing: string, cause: unknown): BrokenResourceError {
  if (cause === undefined)
    return new BrokenResourceError(`${doing} that was destroyed before it had come to its end`);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BrokenResourceError(`${doing} that has failed: ${reason}`, { cause });
}

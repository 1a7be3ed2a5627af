/**
 * How a stream of Node closes: `destroy()` begins it, and what the stream holds, a file's descriptor say, is released
 * some turns of the host later.
 */
import type { Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';

/** What is used of any stream of Node. */
export interface NodeStream {
  readonly destroyed: boolean;
  /** Whether it has released what it held. */
  readonly closed?: boolean;
  readonly errored: Error | null;
  destroy(error?: Error): unknown;
  on(name: string, listener: (error?: unknown) => void): unknown;
  off(name: string, listener: (error?: unknown) => void): unknown;
}

/** Where Node keeps what it was told; there is no public name for it. */
interface Inside {
  readonly _readableState?: { readonly emitClose?: boolean };
  readonly _writableState?: { readonly emitClose?: boolean };
}

/** Whether the stream is being destroyed, and will tell when that is done. Node's own `finished()` asks the same. */
function isClosing(stream: NodeStream): boolean {
  if (!stream.destroyed || stream.closed !== false) return false;
  const { _readableState, _writableState } = stream as Inside;
  return (_readableState ?? _writableState)?.emitClose === true;
}

/**
 * Waits until a stream has closed, if it is about to; gives what `tell` says then. It is a wait in any case, and its
 * value all that is known: at replay there may be no stream to be asked.
 */
export function untilClosed<T>(stream: NodeStream, tell: () => T): Effect<T> {
  return suspend<T>(
    (resume) => {
      if (!isClosing(stream)) {
        resume(tell());
        return;
      }
      const listener = () => {
        stream.off('close', listener);
        resume(tell());
      };
      stream.on('close', listener);
      return () => void stream.off('close', listener);
    },
    { description: 'the closing of a Node stream', isOfHost: true },
  );
}

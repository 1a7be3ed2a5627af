/**
 * Effect's two ways to suspend at a ready point. `yieldNow` goes through its scheduler, which waits for the host's next
 * turn and is dear for a single fiber; a resolved promise is the wait that the other peers have, and cheaper there.
 * (A `callback` that resumes at once does not suspend at all.) Both are shown; the better one counts.
 */
import { Effect } from 'effect';

export type ReadyPoint = Effect.Effect<void>;

export const promised: ReadyPoint = Effect.promise(() => Promise.resolve());
export const yielded: ReadyPoint = Effect.yieldNow;

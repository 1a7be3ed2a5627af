/** Waiting for one event. */
import type { Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import {
  addListener,
  checkSource,
  type EventEmitterLike,
  type EventOf,
  type EventSource,
  listenerFor,
  removeListener,
} from './event-source.js';

/**
 * Waits for the next event of that name. An EventTarget gives the event, an EventEmitter the array of its
 * arguments. Listening begins when the effect is yielded, and has ended when it returns or throws; for events that
 * must not be missed in between use `events`.
 *
 * An event called `error` is an event like any other: wait for it beside the other one, with `race`. A branch of a
 * race begins in a task of its own, and listens from then on only: what may come before that needs `events`, or
 * Node's own `once`, as in the last example.
 *
 * A checkpoint.
 *
 * @throws TypeError if `target` has no events, or `name` is no name.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const [chunk] = yield* once<[Buffer]>(socket, 'data');
 *     const event = yield* once(button, 'click');
 *     yield* until((signal) => nodeEvents.once(socket, 'connect', { signal })); // throws at an `error`
 * Semantics: Node's `events.once`, but for `error`.
 */
export function once<T extends EventTarget, const K extends string>(
  target: T,
  name: K,
): Effect<EventOf<T, K>>;
export function once<A extends unknown[] = unknown[]>(
  target: EventEmitterLike,
  name: string | symbol,
): Effect<A>;
export function once(target: EventSource, name: string | symbol): Effect<unknown> {
  checkSource(target, name, 'once(target, name)');
  return suspend<unknown>(
    (resume) => {
      const listener = listenerFor(target, (event) => {
        stop();
        resume(event);
      });
      const stop = () => removeListener(target, name, listener);
      addListener(target, name, listener);
      return stop;
    },
    { description: `once(${String(name)})`, isOfHost: true },
  );
}

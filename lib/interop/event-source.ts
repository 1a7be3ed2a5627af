/** What events come from: the platform's EventTarget and Node's EventEmitter, by one pair of functions. */
import { describe } from '../base/durations.js';

/** Node's EventEmitter, and whatever has its two methods. */
export interface EventEmitterLike {
  // biome-ignore lint/suspicious/noExplicitAny: the contract's type: listeners of emitters are typed by their users.
  on(name: string | symbol, listener: (...args: any[]) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  off(name: string | symbol, listener: (...args: any[]) => void): unknown;
}

/** The type of the events that a target says it has by a property `on<name>`; else Event. */
export type EventOf<T, K extends string> = T extends {
  // biome-ignore lint/suspicious/noExplicitAny: matches whatever the property says.
  [P in `on${K}`]: ((this: any, event: infer E) => any) | null;
}
  ? E
  : globalThis.Event;

export type EventSource = EventTarget | EventEmitterLike;

/**
 * Adds a listener and gives what removes it again. An EventTarget's listener gets the event, an EventEmitter's the
 * array of its arguments.
 */
export function listen(
  source: EventSource,
  name: string | symbol,
  listener: (event: unknown) => void,
): () => void {
  if (isTarget(source)) {
    const type = name as string;
    source.addEventListener(type, listener);
    return () => source.removeEventListener(type, listener);
  }
  const onEmit = (...args: unknown[]): void => listener(args);
  source.on(name, onEmit);
  return () => void source.off(name, onEmit);
}

/** Refuses what has no events, or no name for them, where it was passed. */
export function checkSource(source: EventSource, name: unknown, what: string): void {
  const candidate = source as Partial<EventTarget & EventEmitterLike> | null | undefined;
  const isTargetLike =
    typeof candidate?.addEventListener === 'function' && typeof candidate.removeEventListener === 'function';
  const isEmitter = typeof candidate?.on === 'function' && typeof candidate.off === 'function';
  if (!isTargetLike && !isEmitter) {
    throw new TypeError(`${what} takes an EventTarget or an EventEmitter, not ${describe(source)}`);
  }
  const isName = typeof name === 'string' || (typeof name === 'symbol' && !isTargetLike);
  if (!isName) throw new TypeError(`${what} takes the name of the events, not ${describe(name)}`);
}

function isTarget(source: EventSource): source is EventTarget {
  return typeof (source as Partial<EventTarget>).addEventListener === 'function';
}

/** What events come from: the platform's EventTarget and Node's EventEmitter, by the same functions. */
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

export type Listener = (...args: unknown[]) => void;

/** What is to listen, so that `took` gets an EventTarget's event, or the array of an EventEmitter's arguments. */
export function listenerFor(source: EventSource, took: (event: unknown) => void): Listener {
  return isTarget(source) ? took : (...args) => took(args);
}

export function addListener(source: EventSource, name: string | symbol, listener: Listener): void {
  if (isTarget(source)) source.addEventListener(name as string, listener);
  else source.on(name, listener);
}

export function removeListener(source: EventSource, name: string | symbol, listener: Listener): void {
  if (isTarget(source)) source.removeEventListener(name as string, listener);
  else source.off(name, listener);
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

/**
 * The listeners that are added and not removed. While a watch is on, the methods that add them are replaced by ones
 * that keep a list; whether one is still there is asked of its target at the end, so it does not matter how it
 * went. Targets and listeners are held weakly: one that is gone leaks nothing.
 *
 * This needs Node, which alone tells what listens. Listeners that Node adds for itself do not count, nor do those on
 * the signals that Treadle makes for a scope or a wait: they go when it does.
 */
import { hearOfSignals } from '../base/own-signal.js';
import { originOf } from './origin.js';

type Add = (this: object, type: unknown, listener: unknown, ...rest: unknown[]) => unknown;

interface Emitter {
  rawListeners(type: string | symbol): unknown[];
}

/** What is used of node:events. */
interface Events {
  readonly EventEmitter: { readonly prototype: object };
  getEventListeners(target: EventTarget, type: string): unknown[];
}

interface Addition {
  readonly target: WeakRef<object>;
  readonly type: string | symbol;
  readonly listener: WeakRef<object>;
  readonly text: string;
}

/** Begins to watch. What it gives ends that, and says what still listens, each time anew: one line a listener. */
export function watchListeners(): () => string[] {
  const events = eventsModule();
  if (events === undefined) return () => [];
  const additions: Addition[] = [];
  const restorers: (() => void)[] = [];
  const shortLived = new WeakSet<object>();
  const outer = hearOfSignals((signal) => {
    shortLived.add(signal);
    outer?.(signal); // watches nest
  });
  restorers.push(() => hearOfSignals(outer));

  function replace(prototype: object, name: string): void {
    const methods = prototype as Record<string, Add>;
    const original = methods[name] as Add;
    const wrapper: Add = function (type, listener, ...rest) {
      const isListener =
        typeof listener === 'function' || (typeof listener === 'object' && listener !== null);
      const origin = isListener && !shortLived.has(this) ? originOf(wrapper) : undefined;
      if (origin !== undefined && (typeof type === 'string' || typeof type === 'symbol')) {
        additions.push({
          target: new WeakRef(this),
          type,
          listener: new WeakRef(listener as object),
          text: `a listener for '${String(type)}' of ${nameOf(this)} added ${origin}`,
        });
      }
      return original.call(this, type, listener, ...rest);
    };
    methods[name] = wrapper;
    restorers.push(() => {
      if (methods[name] === wrapper) methods[name] = original;
    });
  }

  for (const name of ['on', 'addListener', 'prependListener']) replace(events.EventEmitter.prototype, name);
  replace(EventTarget.prototype, 'addEventListener');

  return () => {
    for (const restore of restorers.splice(0)) restore();
    const left = additions.filter((addition) => isThere(addition, events));
    return [...new Set(left.map(({ text }) => text))];
  };
}

function isThere({ target, type, listener }: Addition, events: Events): boolean {
  const owner = target.deref();
  const added = listener.deref();
  if (owner === undefined || added === undefined) return false;
  const listeners =
    owner instanceof EventTarget
      ? events.getEventListeners(owner, String(type))
      : (owner as Emitter).rawListeners(type);
  return listeners.includes(added);
}

function nameOf(target: object): string {
  return target === process ? 'process' : `an object of class ${target.constructor?.name}`;
}

function eventsModule(): Events | undefined {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return undefined;
  return process.getBuiltinModule('node:events') as unknown as Events | undefined;
}

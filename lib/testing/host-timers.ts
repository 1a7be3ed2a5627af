/**
 * The host's timers that are set and neither fire nor are cleared. While a watch is on, the global functions are
 * replaced by ones that keep a list; timers got by another way (`node:timers`) are not seen.
 */
import { originOf } from './origin.js';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Globals = Record<string, AnyFunction | undefined>;

const SETTERS = ['setTimeout', 'setInterval', 'setImmediate'] as const;
const CLEARERS = ['clearTimeout', 'clearInterval', 'clearImmediate'] as const;

/** A handle of Node's, as far as it tells whether it still counts; in browsers it is a number. */
interface Handle {
  readonly _destroyed?: boolean;
  hasRef?(): boolean;
}

/** Begins to watch. What it gives ends that, and says what is still set: one line a timer. */
export function watchHostTimers(): () => string[] {
  const globals = globalThis as unknown as Globals;
  const live = new Map<unknown, string>();
  const restorers: (() => void)[] = [];
  let isOn = true;

  function replace(name: string, wrap: (original: AnyFunction) => AnyFunction): void {
    const original = globals[name];
    if (original === undefined) return;
    const wrapper = wrap(original);
    // setTimeout[promisify.custom], and what fake timers have put on theirs.
    Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
    globals[name] = wrapper;
    restorers.push(() => {
      // Fake timers that were installed meanwhile stay; when they go they put this wrapper back, which is inert.
      if (globals[name] === wrapper) globals[name] = original;
    });
  }

  for (const name of SETTERS) {
    replace(name, (original) => {
      const setter: AnyFunction = (callback, ...rest) => {
        if (!isOn || typeof callback !== 'function') return original.call(globalThis, callback, ...rest);
        const once: AnyFunction = function (...args) {
          live.delete(handle);
          return callback.apply(this, args);
        };
        const handle = original.call(globalThis, name === 'setInterval' ? callback : once, ...rest);
        const delay = name === 'setImmediate' ? '' : `, ${Number(rest[0] ?? 0)} ms`;
        live.set(handle, `a timer (${name}${delay}) set ${originOf(setter) ?? 'by Node'}`);
        return handle;
      };
      return setter;
    });
  }
  for (const name of CLEARERS) {
    replace(name, (original) => (handle) => {
      live.delete(handle);
      return original.call(globalThis, handle);
    });
  }

  return () => {
    isOn = false;
    for (const restore of restorers) restore();
    return [...live].filter(([handle]) => isSet(handle)).map(([, text]) => text);
  };
}

/** False for one that was ended by other means, by its number or `using`, and for one that does not hold the process. */
function isSet(handle: unknown): boolean {
  if (typeof handle !== 'object' || handle === null) return true;
  const { _destroyed: isDestroyed, hasRef } = handle as Handle;
  return isDestroyed !== true && hasRef?.call(handle) !== false;
}

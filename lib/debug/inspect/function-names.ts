/**
 * The name of the generator function that a generator object is of.
 *
 * JavaScript does not tell, but the objects of one generator function share a prototype, and a function that was met
 * knows its own. So each function is looked up once: where the engine shows it (the body of a task, of a `call`, of
 * a group), else by the inspector, which costs a tenth of a millisecond.
 */
import type { Coroutine } from '../../kernel/effect.js';

const names = new WeakMap<object, string>();

/** Remembers a function that makes generators; anything else is passed over. `name`: what it is to be called. */
export function learnName(fn: unknown, name?: string): void {
  if (typeof fn !== 'function') return;
  const prototype: unknown = fn.prototype;
  if (typeof prototype === 'object' && prototype !== null && !names.has(prototype)) {
    names.set(prototype, name ?? fn.name);
  }
}

/** The name; '' if the function has none. `ask` is asked when no function was met that makes such objects. */
export function nameOf(
  generator: Coroutine<unknown>,
  ask: (generator: Coroutine<unknown>) => string | undefined,
): string {
  const prototype: object = Object.getPrototypeOf(generator) as object;
  let name = names.get(prototype);
  if (name === undefined) {
    name = ask(generator) ?? '';
    names.set(prototype, name);
  }
  return name;
}

/**
 * What a replay keeps from beginning. Where the library itself waits for the host, nothing is begun, for the starter of
 * the wait is not called. But code of the program begins things, in starters of its own or before it waits:
 *
 *     yield* until((signal) => fetch(url, { signal }));
 *     yield* until(readFile('a.txt'));       // the file is read before `until` is called
 *
 * So the functions of the host that begin something outside are wrapped. Called by a program that is replayed (in one
 * of its steps, or behind an `await` of promise code that one of its steps has begun) they do nothing, and give a
 * stand-in for their result; what comes of it is for the wait to tell. Timers are not armed: nothing waits for them.
 * Called by anybody else they do what they always did; but of callbacks that they are given note is taken, in a step
 * that is recorded.
 *
 * They are wrapped when a process first records or replays something, and stay so.
 */
import { builtin } from '../builtin.js';
import { keepCallbacks } from './callbacks.js';
import { type AnyFunction, named, readingBy } from './readings.js';
import { CALL, standIn } from './stand-in.js';

/** The replay that the present code belongs to. */
export interface Outside {
  /** A value was used that nobody has. */
  noteUse(name: string): void;
}

interface Storage {
  run<T>(outside: Outside | null, work: () => T): T;
  getStore(): Outside | null | undefined;
}

let storage: Storage | undefined;

/**
 * Does a step of a replay: what it begins outside, now or behind an `await`, is not begun. Null: what is done is the
 * engine's own work, and its timers are armed.
 */
export function insulated<T>(outside: Outside | null, work: () => T): T {
  return storage === undefined ? work() : storage.run(outside, work);
}

/** Functions that give a promise or an object: names, or all of them. */
const BEGINNERS: Readonly<Record<string, readonly string[] | 'all'>> = {
  'node:fs/promises': 'all',
  'node:timers/promises': ['setTimeout', 'setImmediate', 'setInterval'],
  'node:dns/promises': 'all',
  'node:dns': ['lookup', 'resolve', 'resolve4', 'resolve6'],
  'node:net': ['connect', 'createConnection', 'createServer'],
  'node:tls': ['connect', 'createServer'],
  'node:http': ['request', 'get', 'createServer'],
  'node:https': ['request', 'get', 'createServer'],
  'node:http2': ['connect', 'createServer', 'createSecureServer'],
  'node:dgram': ['createSocket'],
  'node:child_process': ['spawn', 'exec', 'execFile', 'fork'],
  'node:fs': ['createReadStream', 'createWriteStream', 'watch'],
};

/** Methods that begin something on an object that the program has made. */
const METHODS: readonly (readonly [module: string, holder: string, method: string])[] = [
  ['node:net', 'Socket', 'connect'],
  ['node:net', 'Server', 'listen'],
];

/** Classes whose objects begin something as soon as they are made. */
const CLASSES: readonly (readonly [module: string | undefined, name: string])[] = [
  [undefined, 'WebSocket'],
  [undefined, 'EventSource'],
  ['node:worker_threads', 'Worker'],
];

/** Wraps them. For code that takes them out of their modules when it is loaded, before that is loaded. */
export function insulate(): void {
  if (storage !== undefined) return;
  const hooks = builtin('node:async_hooks');
  if (hooks === undefined) return;
  storage = new hooks.AsyncLocalStorage<Outside | null>();
  wrap(globalThis, 'fetch', beginning('fetch'));
  wrap(globalThis, 'setTimeout', arming(clearTimeout));
  wrap(globalThis, 'setInterval', arming(clearInterval));
  wrap(globalThis, 'setImmediate', arming(clearImmediate));
  const { process } = globalThis as Partial<typeof globalThis>;
  if (process !== undefined) wrap(process, 'kill', signalling);
  for (const [name, which] of Object.entries(BEGINNERS)) wrapModule(name, which);
  wrapCallbackFiles();
  for (const [module, holder, method] of METHODS) {
    const made = anyBuiltin(module)?.[holder] as { readonly prototype: object } | undefined;
    if (made !== undefined) wrap(made.prototype, method, beginningOn(`${holder}.${method}`));
  }
  for (const [module, name] of CLASSES) {
    const holder = module === undefined ? globalThis : anyBuiltin(module);
    if (holder !== undefined) wrapClass(holder, name);
  }
  builtin('node:module')?.syncBuiltinESMExports();
}

function wrapModule(name: string, which: readonly string[] | 'all'): void {
  const module = anyBuiltin(name);
  if (module === undefined) return;
  const short = name.replace('node:', '');
  const keys = which === 'all' ? Object.keys(module) : which;
  for (const key of keys) if (/^[a-z]/.test(key)) wrap(module, key, beginning(`${short}.${key}`));
}

/** `fs.readFile(path, callback)` and its like: those that have a twin which does not wait. */
function wrapCallbackFiles(): void {
  const fs = anyBuiltin('node:fs');
  if (fs === undefined) return;
  for (const key of Object.keys(fs)) {
    if (typeof fs[`${key}Sync`] === 'function') wrap(fs, key, beginning(`fs.${key}`));
  }
}

function anyBuiltin(name: string): Record<string, unknown> | undefined {
  return builtin(name as 'node:fs') as Record<string, unknown> | undefined;
}

function beginning(what: string): (real: AnyFunction) => AnyFunction {
  return (real) =>
    named(real, function tap(...args) {
      const kept = keepCallbacks(what, args, tap);
      const outside = storage?.getStore() ?? null;
      if (outside === null) return readingBy(null, () => real.apply(this, kept));
      return standIn({ name: `${what}()`, class: CALL, onUse: (name) => outside.noteUse(name) });
    });
}

/** What it gives is the object. */
function beginningOn(what: string): (real: AnyFunction) => AnyFunction {
  return (real) =>
    named(real, function tap(...args) {
      const kept = keepCallbacks(what, args, tap);
      const outside = storage?.getStore() ?? null;
      return outside === null ? readingBy(null, () => real.apply(this, kept)) : this;
    });
}

function wrapClass(holder: object, name: string): void {
  const real: unknown = Reflect.get(holder, name);
  if (typeof real !== 'function') return;
  const value: object = new Proxy(real, {
    construct(_target, args: unknown[], newTarget): object {
      const outside = storage?.getStore() ?? null;
      if (outside === null) {
        return readingBy(
          null,
          () => Reflect.construct(real, args, newTarget === value ? real : newTarget) as object,
        );
      }
      return standIn({ name: `new ${name}()`, class: name, onUse: (used) => outside.noteUse(used) });
    },
  });
  Object.defineProperty(holder, name, { value, writable: true, configurable: true });
}

/** No signal is sent: the process may be another one now, and what came of one to this process is in the recording. */
function signalling(real: AnyFunction): AnyFunction {
  return named(real, function (...args) {
    return (storage?.getStore() ?? null) === null ? real.apply(this, args) : true;
  });
}

/** A timer of the host that never fires. What it gives is a real one, for the functions that take such. */
function arming(clear: (timer: never) => void): (real: AnyFunction) => AnyFunction {
  return (real) =>
    named(real, function (...args) {
      const timer = real.apply(this, args);
      if ((storage?.getStore() ?? null) !== null) clear(timer as never);
      return timer;
    });
}

function wrap(holder: object, key: string, make: (real: AnyFunction) => AnyFunction): void {
  const property = Object.getOwnPropertyDescriptor(holder, key);
  const real: unknown = property?.value;
  if (typeof real !== 'function' || property?.writable !== true) return;
  const wrapped = make(real as AnyFunction);
  // What hangs on the function, util.promisify's own among it, is found as it was.
  Object.setPrototypeOf(wrapped, real);
  Object.defineProperty(holder, key, { ...property, value: wrapped });
}

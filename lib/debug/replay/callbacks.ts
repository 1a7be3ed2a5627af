/**
 * Callbacks that a coroutine leaves with the host: timers, listeners, the last argument of `readFile`. What they do to
 * the run (start a task through a portal, set an event, cancel a scope) is code of the program, so a replay need only
 * call them when they were called:
 *
 *     in a step     server.on('request', (request, response) => portal.call(serve, request, response))
 *     recorded      kept under the key "on request (anonymous) 1"; when the host calls it: a line with key and arguments
 *     replayed      kept under the same key; called, with what the recording has of the arguments, where that line stands
 *
 * A callback that is called within a turn of its run (an emitter that a task emits on) is called at replay too, by the
 * program itself; whoever else calls it at replay (a stream that the program has made) is not heard. Callbacks that the host's own modules, or this library, leave with each other are not met.
 */
import { ownerOf } from '../../base/stack-text.js';
import { builtin } from '../builtin.js';
import { type AnyFunction, currentReadings, named, readingBy, type Tap } from './readings.js';

/** What stands in for a listener; to take listeners away by what they stand for. */
const standsFor = new WeakMap<object, AnyFunction>();

/** The taps: see `tap`. */
export function callbackTaps(): Tap[] {
  const taps: Tap[] = ['setTimeout', 'setInterval', 'setImmediate'].map((key) => ({
    holder: globalThis,
    key,
    make: (real) => keeping(key, real),
  }));
  const emitter = builtin('node:events')?.EventEmitter.prototype;
  if (emitter !== undefined) {
    for (const key of ['on', 'addListener', 'prependListener'])
      taps.push({ holder: emitter, key, make: (real) => listening(real) });
    taps.push({ holder: emitter, key: 'once', make: (real) => listeningOnce(real) });
  }
  const readable = builtin('node:stream')?.Readable.prototype; // it has its own
  if (readable !== undefined) {
    for (const key of ['on', 'addListener'])
      taps.push({ holder: readable, key, make: (real) => listening(real) });
  }
  if (typeof EventTarget === 'function') {
    const holder = EventTarget.prototype;
    taps.push({ holder, key: 'addEventListener', make: (real) => listening(real) });
  }
  return taps;
}

/** Keeps the functions among the arguments of a call of `tap`, and gives the arguments to go on with. */
export function keepCallbacks(what: string, args: readonly unknown[], tap: AnyFunction): unknown[] {
  const readings = currentReadings();
  const isOurs = readings !== null && args.some((arg) => typeof arg === 'function') && isCalledByProgram(tap);
  return args.map((arg) => {
    if (!isOurs || typeof arg !== 'function') return arg;
    return readings.callback(keyOf(what, arg as AnyFunction), arg as AnyFunction);
  });
}

/** The keys of the callbacks of one run: what they are, and a number. */
export class CallbackKeys {
  private readonly counts = new Map<string, number>();

  next(what: string): string {
    const count = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, count);
    return `${what} ${count}`;
  }
}

/** The key of a listener. */
export function listenerKey(name: unknown, listener: AnyFunction): string {
  return keyOf(`on ${String(name)}`, listener);
}

function keyOf(what: string, { name }: { readonly name: string }): string {
  return `${what} ${name || '(anonymous)'}`;
}

function keeping(what: string, real: AnyFunction): AnyFunction {
  return named(real, function tap(...args) {
    if (currentReadings() === null) return real.apply(this, args);
    const [callback, ...others] = args;
    const [kept] = keepCallbacks(what, [callback], tap);
    return readingBy(null, () => real.call(this, kept, ...others));
  });
}

function listening(real: AnyFunction): AnyFunction {
  return named(real, function tap(...args) {
    const kept = keepListener(args[0], args[1], tap);
    if (kept === undefined) return real.apply(this, args);
    return readingBy(null, () => real.call(this, args[0], kept, ...args.slice(2)));
  });
}

/** Node's own `once` wraps the listener again, and would not find it by the function that the program knows. */
function listeningOnce(real: AnyFunction): AnyFunction {
  return named(real, function tap(this: unknown, ...args) {
    const [name, listener] = args;
    const kept = keepListener(name, listener, tap);
    if (kept === undefined) return real.apply(this, args);
    const emitter = this as NodeJS.EventEmitter;
    const once = (...values: unknown[]): void => {
      emitter.removeListener(name as string, once);
      kept.apply(emitter, values);
    };
    return readingBy(null, () => emitter.on(name as string, Object.assign(once, { listener })));
  });
}

/** Undefined: it is none of ours. */
function keepListener(name: unknown, listener: unknown, tap: AnyFunction): AnyFunction | undefined {
  const readings = currentReadings();
  if (readings === null || typeof listener !== 'function' || !isCalledByProgram(tap)) return undefined;
  const fn = listener as AnyFunction & { listener?: unknown };
  const kept = readings.callback(listenerKey(name, fn), fn);
  if (kept !== fn) {
    Object.assign(kept, { listener: fn }); // by this Node's emitters find it when it is to be taken away
    findStandIns();
    standsFor.set(fn, kept);
  }
  return kept;
}

function isCalledByProgram(tap: AnyFunction): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, tap);
  Error.stackTraceLimit = limit;
  const frame = (here.stack ?? '').split('\n').find((line) => line.startsWith('    at '));
  return frame !== undefined && ownerOf(frame) === 'user';
}

let isFinding = false;

/** From now on `removeEventListener` finds listeners by what they stand for; there the host offers no other way. */
function findStandIns(): void {
  if (isFinding || typeof EventTarget !== 'function') return;
  isFinding = true;
  const { prototype } = EventTarget;
  const real = prototype.removeEventListener as AnyFunction;
  prototype.removeEventListener = named(real, function (...args) {
    real.apply(this, args);
    const [name, listener, ...others] = args;
    const kept = typeof listener === 'function' ? standsFor.get(listener) : undefined;
    if (kept !== undefined) real.call(this, name, kept, ...others);
  }) as typeof prototype.removeEventListener;
}

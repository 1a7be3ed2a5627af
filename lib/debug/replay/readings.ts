/**
 * What a coroutine reads of the world without waiting for it: the time of day, random numbers. In a step of a run
 * that is recorded or replayed these functions of the host are led past whoever records or replays it:
 *
 *     coroutine ── Math.random() ──▶ recorder: the real one is called, and its value goes into the file
 *                                ──▶ replay:   the value comes from the file
 *
 * Outside of such steps they do what they always did, and when the runs are over they are what they were. A function
 * that the program took out of its object before, `const { random } = Math` at the top of a module, is not met. `fetch`
 * is among them because it reads the clock itself.
 */

import { builtin } from '../builtin.js';

/** Who is told of what a step reads. */
export interface Readings {
  /** The recorded run that is replayed. */
  readonly replayed?: object;
  /** A value was asked for, which `real` gives. */
  read(what: string, real: () => unknown): unknown;
  /** A callback was left with the host. Gives what the host is to call: see `callbacks.ts`. */
  callback(key: string, fn: AnyFunction): AnyFunction;
}

/** Who is told of what is read between steps. */
export type BackgroundReadings = Pick<Readings, 'read'>;

let current: Readings | null = null;
let background: BackgroundReadings | null = null;

/** Does some work whose readings go by `readings`; null: they are what they are. */
export function readingBy<T>(readings: Readings | null, work: () => T): T {
  const outer = current;
  current = readings;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** From now on all that is read outside of recorded and replayed steps goes by `readings`. */
export function readInBackground(readings: BackgroundReadings): void {
  if (background === null) for (const tap of readingTaps()) put(tap);
  background = readings;
}

export function currentReadings(): Readings | null {
  return current;
}

/** What is put in the way of a function of the host. */
export interface Tap {
  readonly holder: object;
  readonly key: string;
  readonly make: (real: AnyFunction) => unknown;
}

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** `inSteps`: outside of them the answer at a replay is the real one. */
function reading(what: string, inSteps = false): (real: AnyFunction) => AnyFunction {
  return (real) =>
    named(real, function (...args) {
      const readings = current ?? (inSteps ? null : background);
      return readings === null
        ? real.apply(this, args)
        : readings.read(what, () => readingBy(null, () => real.apply(this, args)));
    });
}

/** What it reads itself is not the program's. */
function apart(real: AnyFunction): AnyFunction {
  return named(real, function (...args) {
    return readingBy(null, () => real.apply(this, args));
  });
}

/** It fills the array that it is given: what is read are the bytes. */
function filling(what: string): (real: AnyFunction) => AnyFunction {
  return (real) =>
    named(real, function (...args) {
      const [array] = args;
      if (current === null || !ArrayBuffer.isView(array)) return real.apply(this, args);
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      const fill = (): Uint8Array => {
        readingBy(null, () => real.apply(this, args));
        return bytes.slice();
      };
      const filled = current.read(what, fill);
      if (filled instanceof Uint8Array) bytes.set(filled.subarray(0, bytes.length));
      return array;
    });
}

/** `new Date()` and `Date()` read the clock, `new Date(2020, 1)` does not. */
function dating(real: AnyFunction): unknown {
  const make = real as unknown as DateConstructor;
  const now = (): number => make.now();
  const dates: DateConstructor = new Proxy(make, {
    construct: (_target, args: unknown[], newTarget) =>
      Reflect.construct(
        make,
        args.length === 0 ? [now()] : args,
        newTarget === dates ? make : newTarget,
      ) as Date,
    apply: () => new make(now()).toString(),
  });
  return dates;
}

/** Makes a function look like the one that it stands for. */
export function named(real: AnyFunction, fn: AnyFunction): AnyFunction {
  return Object.defineProperties(fn, {
    name: { value: real.name, configurable: true },
    length: { value: real.length, configurable: true },
  });
}

function readingTaps(): readonly Tap[] {
  const { crypto, process, performance } = globalThis as Partial<typeof globalThis>;
  const net = builtin('node:net');
  const dgram = builtin('node:dgram');
  const list: (Tap | false | undefined)[] = [
    { holder: Math, key: 'random', make: reading('Math.random') },
    { holder: Date, key: 'now', make: reading('Date.now') },
    { holder: globalThis, key: 'Date', make: dating },
    performance && { holder: performance, key: 'now', make: reading('performance.now') },
    crypto && { holder: crypto, key: 'randomUUID', make: reading('crypto.randomUUID') },
    crypto && { holder: crypto, key: 'getRandomValues', make: filling('crypto.getRandomValues') },
    typeof process?.hrtime === 'function' && {
      holder: process.hrtime,
      key: 'bigint',
      make: reading('process.hrtime.bigint'),
    },
    { holder: globalThis, key: 'fetch', make: apart },
    // At replay a step does not make a server listen; code outside of runs does.
    ...[net?.Server, net?.Socket, dgram?.Socket].map(
      (from) =>
        from && { holder: from.prototype as object, key: 'address', make: reading('address()', true) },
    ),
  ];
  return list.filter((tap) => typeof tap === 'object');
}

let users = 0;
let remove: (() => void)[] = [];

/** Puts all of it, and other taps, in the way. Gives what takes them away again, if nobody else needs them. */
export function tap(others: () => readonly Tap[]): () => void {
  if (users++ === 0) remove = [...readingTaps(), ...others()].map(put);
  return () => {
    if (--users === 0) for (const undo of remove.reverse()) undo();
  };
}

function put({ holder, key, make }: Tap): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  const real: unknown = Reflect.get(holder, key);
  if (typeof real !== 'function') return () => {};
  const value = make(real as AnyFunction);
  // What hangs on the function, util.promisify's own among it, is found as it was.
  if (typeof value === 'function' && key !== 'Date') Object.setPrototypeOf(value, real);
  Object.defineProperty(holder, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? true,
  });
  return () => {
    if (Reflect.get(holder, key) !== value) return; // somebody has put a third one there: fake timers, say
    if (before === undefined) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, before);
  };
}

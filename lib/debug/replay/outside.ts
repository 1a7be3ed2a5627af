/** What the program asks of the world outside while it is replayed: the answers are those that were recorded. */
import type { Cancelled } from '../../base/cancelled.js';
import { CallbackKeys } from './callbacks.js';
import { decodeValue } from './decode-value.js';
import type { ReplayTeller } from './divergence.js';
import type { Json } from './encode-value.js';
import type { Outside } from './insulate.js';
import { type AnyFunction, named, type Readings } from './readings.js';
import type { ReplayScript } from './script.js';

export class ReplayOutside implements Readings, Outside {
  private readonly script: ReplayScript;
  private readonly teller: ReplayTeller;
  /** The callbacks that the program has left with the host. */
  private readonly callbacks = new Map<string, AnyFunction>();
  private readonly callbackKeys = new CallbackKeys();
  /** Whether a callback is called by the program itself, which calls it as it did then. */
  private readonly isHeard: () => boolean;
  private isLeft = false;

  constructor(script: ReplayScript, teller: ReplayTeller, isHeard: () => boolean) {
    this.script = script;
    this.teller = teller;
    this.isHeard = isHeard;
  }

  /** Readings */
  get replayed(): object {
    return this.script.run;
  }

  /** Nothing more comes from the recording. */
  leave(): void {
    this.isLeft = true;
  }

  /** Readings */
  read(what: string, real: () => unknown): unknown {
    const reading = this.isLeft ? undefined : this.script.read(what);
    if (reading !== undefined) return this.decode(reading[2], what);
    if (!this.isLeft) this.noteUse(what);
    return real();
  }

  /** Readings */
  callback(what: string, fn: AnyFunction): AnyFunction {
    this.callbacks.set(this.callbackKeys.next(what), fn);
    const called = (self: unknown, args: unknown[]): unknown =>
      this.isHeard() ? fn.apply(self, args) : undefined;
    return named(fn, function (...args) {
      return called(this, args);
    });
  }

  /** Calls a callback that was called. One that is not known was left with something that is not there at replay. */
  call(key: string, args: Json): void {
    try {
      this.callbacks.get(key)?.apply(undefined, this.decode(args, key) as unknown[]);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // as the host would have it
      });
    }
  }

  /** Outside */
  noteUse(name: string): void {
    this.teller.unknown.add(name);
  }

  /** A value that was written. `own` stands where the Cancelled of the wait stood that gave it. */
  decode(json: Json, name: string, own?: Cancelled): unknown {
    return decodeValue(json, { name, own, onUse: (used) => this.noteUse(used) });
  }
}

/**
 * What takes the place of an object that a recording could not keep: a response, a socket, a database.
 *
 * Most of what programs do with such objects is to ask them for the next wait, and how that ended is recorded:
 *
 *     const response = yield* until(fetch(url));       // a stand-in for a Response: its status is known
 *     const data = yield* until(response.json());      // json() gives something to wait for; data comes from the file
 *
 * So a stand-in lets everything happen: any property is another stand-in, any call gives one, which is a promise
 * that never settles. Only what must be a value there and then cannot be had. In a text it says its name, as a number
 * it is NaN; to go through it is an error. All that is told to `onUse`, for it may be why a replay goes another way.
 */
import { listenerKey } from './callbacks.js';
import { type AnyFunction, currentReadings } from './readings.js';

/** What the host's streams and sockets say of themselves while all is well. */
const ALL_WELL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['readable', true],
  ['writable', true],
  ['readableEncoding', null],
  ['errored', null],
  ...[
    'readableObjectMode',
    'readableEnded',
    'writableObjectMode',
    'writableEnded',
    'writableFinished',
    'writableNeedDrain',
    'destroyed',
    'closed',
    'aborted',
    'locked',
    'bodyUsed',
    'headersSent',
  ].map((key) => [key, false] as const),
]);

export interface StandInOptions {
  /** How the program got hold of it: 'response', 'response.json()'. */
  readonly name: string;
  /** The name of its class. */
  readonly class: string;
  /** What is known of its properties; of methods without arguments, what they gave, as 'isFile()'. */
  readonly known?: ReadonlyMap<string, unknown>;
  /** A value that was not recorded was used as one. */
  readonly onUse: (name: string) => void;
}

/** What a call on a stand-in gave: nobody knows what it was, so it can be waited for too. */
export const CALL = 'a call';
/** A property of one: it may be a method. */
const PROPERTY = 'a property';

const LISTENS = /\.(on|once|addListener|prependListener|addEventListener)$/;
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Something to go on with in the place of an object that is not there. */
export function standIn(options: StandInOptions): object {
  const isCallable = options.class === PROPERTY || options.class === 'Function';
  const target = isCallable ? (): void => {} : {};
  const handler = new StandIn(options);
  // Node prints what a proxy stands for, past its handler.
  Object.defineProperty(target, INSPECT, {
    value: () => handler.inspect(),
    configurable: true,
    writable: true,
  });
  return new Proxy(target, handler);
}

class StandIn implements ProxyHandler<object> {
  private readonly options: StandInOptions;
  private readonly properties = new Map<PropertyKey, unknown>();

  constructor(options: StandInOptions) {
    this.options = options;
    for (const [key, value] of options.known ?? []) {
      if (key.endsWith('()')) this.properties.set(key.slice(0, -2), () => value);
      else this.properties.set(key, value);
    }
  }

  get(_target: unknown, key: PropertyKey): unknown {
    if (!this.properties.has(key)) {
      const value = typeof key === 'symbol' ? this.bySymbol(key) : this.byName(String(key));
      this.properties.set(key, value);
    }
    return this.properties.get(key);
  }

  set(_target: unknown, key: PropertyKey, value: unknown): boolean {
    this.properties.set(key, value);
    return true;
  }

  has(_target: unknown, key: PropertyKey): boolean {
    return this.properties.has(key);
  }

  deleteProperty(_target: unknown, key: PropertyKey): boolean {
    this.properties.delete(key);
    return true;
  }

  ownKeys(): string[] {
    return [...(this.options.known?.keys() ?? [])].filter((key) => !key.endsWith('()'));
  }

  getOwnPropertyDescriptor(_target: unknown, key: PropertyKey): PropertyDescriptor | undefined {
    if (!this.properties.has(key)) return undefined;
    return { value: this.properties.get(key), configurable: true, enumerable: true, writable: true };
  }

  /** `response instanceof Response` holds, where the host has the class. */
  getPrototypeOf(): object | null {
    const known: unknown = Reflect.get(globalThis, this.options.class);
    const prototype: unknown = typeof known === 'function' ? known.prototype : undefined;
    return typeof prototype === 'object' ? prototype : Object.prototype;
  }

  apply(_target?: unknown, _self?: unknown, args: readonly unknown[] = []): object {
    const { name, onUse } = this.options;
    const [first, second] = args;
    // It never calls a listener, but the recording may have it that it did.
    if (LISTENS.test(name) && typeof second === 'function')
      currentReadings()?.callback(listenerKey(first, second as AnyFunction), second as AnyFunction);
    return standIn({ name: `${name}()`, class: CALL, onUse });
  }

  inspect(): string {
    return this.properties.size === 0
      ? this.text()
      : `[${this.options.class}, recorded in part: ${this.options.name}]`;
  }

  private byName(key: string): unknown {
    const { name, onUse } = this.options;
    if (key === 'then' || key === 'catch' || key === 'finally') {
      return this.options.class === CALL ? () => this.apply() : undefined;
    }
    if (key === 'toJSON' || key === 'toString') return () => this.text();
    if (key === 'valueOf') return () => Number.NaN;
    if (key === 'constructor') return Object;
    if (ALL_WELL.has(key)) return ALL_WELL.get(key);
    if (key === 'name' && this.options.class === PROPERTY) return '';
    return standIn({ name: `${name}.${key}`, class: PROPERTY, onUse });
  }

  private bySymbol(key: symbol): unknown {
    switch (key) {
      case Symbol.toPrimitive:
        return (hint: string) => (hint === 'number' ? this.number() : this.text());
      case Symbol.toStringTag:
        return this.options.class;
      case Symbol.iterator:
        return () => this.refuse();
      case Symbol.asyncIterator:
        return () => this.apply();
      case Symbol.dispose:
        return () => {};
      case Symbol.asyncDispose:
        return () => Promise.resolve();
      default:
        return undefined;
    }
  }

  private text(): string {
    const { name, onUse } = this.options;
    onUse(name);
    return `[not recorded: ${name}]`;
  }

  private number(): number {
    const { name, onUse } = this.options;
    onUse(name);
    return Number.NaN;
  }

  private refuse(): never {
    const { name, onUse } = this.options;
    onUse(name);
    throw new Error(
      `${name} was not recorded, so at replay nothing can be got out of it: ` +
        'wait for the data itself (until(response.json())), which is recorded.',
    );
  }
}

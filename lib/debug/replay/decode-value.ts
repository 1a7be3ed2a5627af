/** Values out of a recording: see `encode-value.ts` for how they are written. */
import { Cancelled } from '../../base/cancelled.js';
import {
  BrokenResourceError,
  BusyResourceError,
  ClosedResourceError,
  DeadlockError,
  EndOfStream,
  NoEventLoopError,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  TimeoutError,
  WouldBlock,
} from '../../base/errors.js';
import { ExceptionGroup } from '../../base/exception-group.js';
import type { Json } from './encode-value.js';
import { standIn } from './stand-in.js';

type Tagged = { readonly [key: string]: Json };

export interface DecodeOptions {
  /** How the program got hold of the value. */
  readonly name: string;
  /** What stands where the Cancelled of the wait stood. */
  readonly own?: unknown;
  /** A value that was not recorded was used as one. */
  readonly onUse: (name: string) => void;
}

/** The value that was written. */
export function decodeValue(json: Json, options: DecodeOptions): unknown {
  return new Decoder(options).decode(json, options.name);
}

type ErrorMaker = new (message: string) => Error;

const OF_JAVASCRIPT = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

// One by one: for a namespace object the bundler would put a function into a third file, to be loaded by all who import Treadle.
const OF_TREADLE = {
  BrokenResourceError,
  BusyResourceError,
  ClosedResourceError,
  DeadlockError,
  EndOfStream,
  NoEventLoopError,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  TimeoutError,
  WouldBlock,
};

const ERRORS: ReadonlyMap<string, ErrorMaker> = new Map(
  Object.entries({ ...OF_JAVASCRIPT, ...OF_TREADLE } as unknown as Record<string, ErrorMaker>),
);

const VIEWS = {
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

class Decoder {
  private readonly options: DecodeOptions;
  private readonly defined = new Map<number, unknown>();

  constructor(options: DecodeOptions) {
    this.options = options;
  }

  /** `keep` is called with an object before its parts are read: they may refer to it. */
  decode(json: Json, name: string, keep: (made: unknown) => void = () => {}): unknown {
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return this.array(json, name, keep);
    const tagged = json as Tagged;
    if (!Object.hasOwn(tagged, '$')) return this.fill({}, Object.entries(tagged), name, keep);
    return this.tagged(tagged, name, keep);
  }

  private tagged(json: Tagged, name: string, keep: (made: unknown) => void): unknown {
    const { v } = json;
    switch (json['$']) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(v);
      case 'bigint':
        return BigInt(v as string);
      case 'symbol':
        return Symbol.for(v as string);
      case 'cancelled':
        return this.options.own;
      case 'def': {
        const id = json['id'] as number;
        const made = this.decode(v as Json, name, (early) => this.defined.set(id, early));
        this.defined.set(id, made);
        return made;
      }
      case 'ref':
        return this.defined.get(json['id'] as number);
      case 'object':
        return this.fill(json['bare'] === true ? Object.create(null) : {}, v as [string, Json][], name, keep);
      case 'date':
        return new Date(this.decode(v as Json, name) as number);
      case 'regexp':
        return new RegExp(v as string, json['flags'] as string);
      case 'url':
        return new URL(v as string);
      case 'bytes':
        return bytes(json['as'] as string, v as string);
      case 'map': {
        const map = new Map<unknown, unknown>();
        keep(map);
        for (const [key, item] of v as [Json, Json][])
          map.set(this.decode(key, name), this.decode(item, name));
        return map;
      }
      case 'set': {
        const set = new Set<unknown>();
        keep(set);
        for (const item of v as Json[]) set.add(this.decode(item, name));
        return set;
      }
      case 'pairs':
        return json['class'] === 'Headers'
          ? new Headers(v as [string, string][])
          : new URLSearchParams(v as never);
      case 'error':
        return this.error(json, name, keep);
      default:
        return this.alive(json, name);
    }
  }

  private array(json: readonly Json[], name: string, keep: (made: unknown) => void): unknown[] {
    const array: unknown[] = [];
    keep(array);
    json.forEach((item, at) => {
      if (isHole(item)) array.length = at + 1;
      else array[at] = this.decode(item, `${name}[${at}]`);
    });
    return array;
  }

  private fill(
    object: object,
    entries: readonly (readonly [string, Json])[],
    name: string,
    keep: (made: unknown) => void,
  ): object {
    keep(object);
    for (const [key, item] of entries) {
      const value = this.decode(item, `${name}.${key}`);
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return object;
  }

  private error(json: Tagged, name: string, keep: (made: unknown) => void): Error {
    const hidden = json['hidden'] as Tagged | undefined;
    const error = this.bareError(json, hidden, name);
    keep(error);
    const define = (key: string, value: unknown, enumerable: boolean): void => {
      try {
        Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
      } catch {
        // a property that the class itself keeps: it has the value already
      }
    };
    if (typeof json['stack'] === 'string') define('stack', json['stack'], false);
    if (error.name !== json['name']) define('name', json['name'], false);
    for (const [key, item] of Object.entries(hidden ?? {})) {
      if (key !== 'errors' && !(key in error)) define(key, this.decode(item, `${name}.${key}`), false);
    }
    for (const [key, item] of Object.entries((json['own'] as Tagged | undefined) ?? {})) {
      define(key, this.decode(item, `${name}.${key}`), true);
    }
    return error;
  }

  private bareError(json: Tagged, hidden: Tagged | undefined, name: string): Error {
    const message = json['message'] as string;
    for (const is of json['is'] as string[]) {
      if (is === 'DOMException') return new DOMException(message, json['name'] as string);
      if (is === 'Cancelled') {
        const own = json['own'] as Tagged | undefined;
        return Cancelled.create(message, this.decode(own?.['reason'] ?? null, `${name}.reason`), {});
      }
      if (is === 'ExceptionGroup' || is === 'AggregateError') {
        const errors = this.decode(hidden?.['errors'] ?? [], `${name}.errors`) as unknown[];
        if (is === 'AggregateError') return new AggregateError(errors, message);
        if (errors.length > 0) return new ExceptionGroup(errors, message);
      }
      const Make = ERRORS.get(is);
      if (Make !== undefined) return new Make(message);
    }
    return new Error(message);
  }

  private alive(json: Tagged, name: string): unknown {
    const known = Object.entries((json['known'] as Tagged | undefined) ?? {});
    const title = typeof json['name'] === 'string' && json['name'] !== '' ? json['name'] : name;
    return standIn({
      name: title,
      class: json['class'] as string,
      known: new Map(known.map(([key, item]) => [key, this.decode(item, `${name}.${key}`)])),
      onUse: this.options.onUse,
    });
  }
}

function isHole(json: Json): boolean {
  return typeof json === 'object' && json !== null && (json as Tagged)['$'] === 'hole';
}

function bytes(as: string, text: string): unknown {
  const buffer = Buffer.from(text, 'base64');
  if (as === 'Buffer') return buffer;
  const copy = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
  const View = VIEWS[as as keyof typeof VIEWS] as (new (buffer: ArrayBuffer) => object) | undefined;
  return as === 'ArrayBuffer' || View === undefined ? copy : new View(copy);
}

/**
 * Values of a program as JSON, for a recording: what a foreign wait gave, what an error said.
 *
 * Data is kept as data: what structured clone can copy, with cycles and shared parts, and errors with their class.
 * JSON says most of it as it is; the rest is an object with the key `$`:
 *
 *     { id: 7, tags: ['a'] }        { "id": 7, "tags": ["a"] }
 *     undefined, NaN, 12n           { "$": "undefined" }, { "$": "number", "v": "NaN" }, { "$": "bigint", "v": "12" }
 *     new Map([[1, 2]])             { "$": "map", "v": [[1, 2]] }
 *     new TypeError('no')           { "$": "error", "is": ["TypeError", "Error"], "message": "no", … }
 *     an object met twice           { "$": "def", "id": 1, "v": … } and then { "$": "ref", "id": 1 }
 *
 * What is alive cannot be kept: a response, a socket, a function. Of such an object its class and those of its
 * properties that are data are kept; at replay a stand-in takes its place (see `stand-in.ts`).
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Of an object that is alive no more properties than these are kept, and bytes in them up to that many. */
const MOST_PROPERTIES = 100;
const MOST_BYTES = 1 << 16;

/** What is worth knowing of objects whose properties are getters, or answers of methods, by their class. */
const FACTS: Readonly<
  Record<string, { readonly get?: readonly string[]; readonly ask?: readonly string[] }>
> = {
  Response: { get: ['status', 'statusText', 'ok', 'url', 'redirected', 'type', 'headers'] },
  Request: { get: ['method', 'url', 'headers'] },
  IncomingMessage: { get: ['statusCode', 'statusMessage', 'headers', 'method', 'url', 'httpVersion'] },
  Event: { get: ['type', 'data', 'detail', 'message', 'code', 'reason', 'key', 'wasClean'] },
  Blob: { get: ['size', 'type', 'name'] },
  AbortSignal: { get: ['aborted'] },
  Socket: { get: ['remoteAddress', 'remotePort', 'localAddress', 'localPort'] },
  Server: { ask: ['address'] },
  StatsBase: {
    ask: [
      'isFile',
      'isDirectory',
      'isSymbolicLink',
      'isFIFO',
      'isSocket',
      'isBlockDevice',
      'isCharacterDevice',
    ],
  },
  Dirent: { ask: ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO', 'isSocket'] },
};

/** An object that was met: once it has been met again it gets a number, and is defined where it came first. */
interface Met {
  readonly body: () => Json;
  uses: number;
  id: number;
}

/** The value as JSON. Never throws: what cannot be read is left out. `own`: an error that has a name at the place of replay. */
export function encodeValue(value: unknown, own?: object): Json {
  return new Encoder(own).encode(value);
}

class Encoder {
  private readonly own: object | undefined;
  private readonly met = new Map<object, Met>();
  private ids = 0;

  constructor(own: object | undefined) {
    this.own = own;
  }

  encode(value: unknown): Json {
    const parts = this.take(value, false);
    return parts();
  }

  /** Reads the value; the function given back writes it, once all has been read and it is known what was met twice. */
  private take(value: unknown, isInside: boolean): () => Json {
    if (typeof value === 'object' && value !== null) return this.takeObject(value, isInside);
    const json = encodePrimitive(value);
    return () => json;
  }

  private takeObject(value: object, isInside: boolean): () => Json {
    if (value === this.own) return () => ({ $: 'cancelled' });
    const before = this.met.get(value);
    if (before !== undefined) {
      before.uses++;
      return () => this.refer(before);
    }
    let body: () => Json = () => null;
    const met: Met = { body: () => body(), uses: 1, id: 0 };
    this.met.set(value, met);
    try {
      body = this.takeBody(value, isInside);
    } catch {
      body = () => ({ $: 'alive', class: 'Object' }); // a proxy or getter that throws
    }
    return () => this.refer(met);
  }

  private refer(met: Met): Json {
    if (met.uses === 1) return met.body();
    if (met.id !== 0) return { $: 'ref', id: met.id };
    met.id = ++this.ids;
    const { id } = met;
    return { $: 'def', id, v: met.body() };
  }

  private takeBody(value: object, isInside: boolean): () => Json {
    if (Array.isArray(value)) return this.takeArray(value, isInside);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return this.takePlain(value, prototype, isInside);
    if (value instanceof Error || isDomException(value)) return this.takeError(value);
    const bytes = bytesOf(value);
    if (bytes !== undefined) {
      if (isInside && bytes.v.length > MOST_BYTES) return () => ({ $: 'alive', class: bytes.as });
      return () => ({ $: 'bytes', ...bytes });
    }
    if (value instanceof Date) return () => ({ $: 'date', v: encodePrimitive(value.getTime()) });
    if (value instanceof RegExp) return () => ({ $: 'regexp', v: value.source, flags: value.flags });
    if (value instanceof URL) return () => ({ $: 'url', v: value.href });
    if (value instanceof Map) {
      const entries = [...value].map((pair) => this.takeArray(pair, isInside));
      return () => ({ $: 'map', v: entries.map((write) => write()) });
    }
    if (value instanceof Set) {
      const items = this.takeArray([...value], isInside);
      return () => ({ $: 'set', v: items() });
    }
    const [name] = classNames(value);
    if (name === 'Headers' || name === 'URLSearchParams') {
      const pairs = this.takeArray([...(value as Iterable<unknown>)], isInside);
      return () => ({ $: 'pairs', class: name, v: pairs() });
    }
    if (value instanceof Promise) return () => ({ $: 'alive', class: 'Promise' });
    return this.takeAlive(value, isInside);
  }

  private takeArray(array: readonly unknown[], isInside: boolean): () => Json {
    const items = Array.from(array, (item, at) =>
      at in array ? this.take(item, isInside) : (): Json => ({ $: 'hole' }),
    );
    return () => items.map((write) => write());
  }

  private takePlain(value: object, prototype: unknown, isInside: boolean): () => Json {
    const entries = Object.entries(value).map(([key, item]) => [key, this.take(item, isInside)] as const);
    const needsTag = prototype === null || Object.hasOwn(value, '$') || Object.hasOwn(value, '__proto__');
    if (!needsTag) return () => Object.fromEntries(entries.map(([key, write]) => [key, write()]));
    return () => ({
      $: 'object',
      bare: prototype === null,
      v: entries.map(([key, write]) => [key, write()]),
    });
  }

  private takeError(error: object): () => Json {
    const { message, stack } = error as Error;
    const own = Object.keys(error).map((key) => [key, this.take(Reflect.get(error, key), true)] as const);
    const hidden = ['cause', 'errors', 'code', 'reason']
      .filter((key) => key in error && !Object.keys(error).includes(key))
      .map((key) => [key, this.take(Reflect.get(error, key), false)] as const);
    const name = String(Reflect.get(error, 'name'));
    return () => ({
      $: 'error',
      is: classNames(error),
      name,
      message: String(message),
      ...(typeof stack === 'string' && { stack }),
      ...(own.length > 0 && { own: Object.fromEntries(own.map(([key, write]) => [key, write()])) }),
      ...(hidden.length > 0 && { hidden: Object.fromEntries(hidden.map(([key, write]) => [key, write()])) }),
    });
  }

  private takeAlive(value: object, isInside: boolean): () => Json {
    const names = classNames(value);
    const known: (readonly [string, () => Json])[] = [];
    if (!isInside) {
      const add = (key: string, item: unknown): void => {
        if (typeof item !== 'function' && typeof item !== 'symbol') known.push([key, this.take(item, true)]);
      };
      for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
        if (known.length < MOST_PROPERTIES && 'value' in property && !key.startsWith('_'))
          add(key, property.value);
      }
      for (const name of names) {
        const { get = [], ask = [] } = FACTS[name] ?? {};
        for (const key of get) if (key in value) add(key, Reflect.get(value, key));
        for (const key of ask) known.push([`${key}()`, this.take(answerOf(value, key), true)]);
      }
    }
    return () => ({
      $: 'alive',
      class: names[0] ?? 'Object',
      ...(known.length > 0 && { known: Object.fromEntries(known.map(([key, write]) => [key, write()])) }),
    });
  }
}

function encodePrimitive(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $: 'number', v: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $: 'bigint', v: String(value) };
    case 'undefined':
      return { $: 'undefined' };
    case 'symbol': {
      const key = Symbol.keyFor(value);
      return key === undefined ? { $: 'alive', class: 'Symbol' } : { $: 'symbol', v: key };
    }
    case 'function':
      return { $: 'alive', class: 'Function', name: value.name };
    default:
      return null;
  }
}

/** The names of an object's classes, its own first; without Object. */
function classNames(value: object): string[] {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(value) as object | null; at !== null; at = Object.getPrototypeOf(at)) {
    const { constructor } = at as { readonly constructor?: { readonly name?: unknown } };
    const name = constructor?.name;
    if (typeof name === 'string' && name !== '' && name !== 'Object' && names.at(-1) !== name)
      names.push(name);
  }
  return names;
}

function isDomException(value: object): boolean {
  return typeof DOMException === 'function' && value instanceof DOMException;
}

function bytesOf(value: object): { readonly as: string; readonly v: string } | undefined {
  if (value instanceof ArrayBuffer) return { as: 'ArrayBuffer', v: base64(new Uint8Array(value)) };
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return { as: classNames(value)[0] ?? 'Uint8Array', v: base64(bytes) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function answerOf(value: object, method: string): unknown {
  try {
    return (Reflect.get(value, method) as () => unknown).call(value);
  } catch {
    return undefined;
  }
}

/**
 * The insides of values, one level at a time, as an editor's tree of variables unfolds them: the elements of arrays,
 * the entries of maps and sets, the properties of objects. No code of the program is run for it: a getter is named
 * and not called, a proxy is not asked.
 *
 * `makeExplorer` is sent as source text to processes that are debugged from outside: it must stand by itself, and
 * refer to nothing but the language's own globals. What it gives can be sent as JSON.
 */

/** A value in words, and how much there is below it. */
export interface Shown {
  readonly text: string;
  readonly type: string;
  /** By which `properties` finds it; 0: there is nothing below. */
  readonly reference: number;
  /** How many properties, and how many elements or entries. */
  readonly named: number;
  readonly indexed: number;
}

export interface ShownProperty extends Shown {
  readonly name: string;
}

/** Which of them, and from where: absent ones mean all. */
export interface Range {
  readonly filter?: 'indexed' | 'named' | undefined;
  readonly start?: number | undefined;
  readonly count?: number | undefined;
}

export interface Explorer {
  show(value: unknown): Shown;
  /** What is below a value that `show` has given a reference to; undefined if it has given no such reference. */
  properties(reference: number, range: Range): ShownProperty[] | undefined;
  /** The value that `show` has given a reference to, if its class has private fields, which only the inspector sees. */
  withPrivateFields(reference: number): object | undefined;
}

/** @param describe gives a value in words: that of `makeDescriber`. */
export function makeExplorer(describe: (value: unknown) => string): Explorer {
  /** At once, whatever was asked for: more is for nobody's eyes. */
  const MOST = 1000;

  interface Types {
    isProxy(value: unknown): boolean;
    isMap(value: unknown): value is Map<unknown, unknown>;
    isSet(value: unknown): value is Set<unknown>;
    isTypedArray(value: unknown): value is ArrayLike<unknown>;
  }
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { types?: Types } | undefined };
  };
  const types = host.process?.getBuiltinModule?.('node:util')?.types;
  const getter = (prototype: object, key: string) => Object.getOwnPropertyDescriptor(prototype, key)?.get;
  const mapSize = getter(Map.prototype, 'size');
  const setSize = getter(Set.prototype, 'size');
  const typedLength = getter(Object.getPrototypeOf(Uint8Array.prototype) as object, 'length');
  const mapEntries = Map.prototype.entries;
  const setValues = Set.prototype.values;
  const functionText = Function.prototype.toString;
  /** Classes above one another that are looked at. */
  const DEEPEST = 8;
  const INDEX = /^(?:0|[1-9]\d*)$/;

  /** Every function has these, and nobody wants to see them. */
  const OF_FUNCTIONS: readonly unknown[] = ['length', 'name', 'prototype', 'arguments', 'caller'];

  const values: object[] = [];

  function isObject(value: unknown): value is object {
    return (typeof value === 'object' && value !== null) || typeof value === 'function';
  }

  function indexedCount(value: object): number {
    if (Array.isArray(value)) return value.length;
    if (types?.isTypedArray(value)) return Number(typedLength?.call(value));
    if (types?.isMap(value)) return Number(mapSize?.call(value));
    if (types?.isSet(value)) return Number(setSize?.call(value));
    return 0;
  }

  function hasIndexes(value: object): boolean {
    return Array.isArray(value) || types?.isTypedArray(value) === true;
  }

  /** Only an object of a class whose text has a # can. */
  function mayHaveFields(value: object): boolean {
    if (typeof value === 'function') return false;
    for (let depth = 0, one: unknown = value; depth < DEEPEST; depth++) {
      one = Object.getPrototypeOf(one);
      if (one === null || types?.isProxy(one)) return false;
      const made: unknown = Object.getOwnPropertyDescriptor(one, 'constructor')?.value;
      if (typeof made !== 'function' || types?.isProxy(made)) continue;
      const text = functionText.call(made);
      if (text.startsWith('class') && text.includes('#')) return true;
    }
    return false;
  }

  function namedKeys(value: object): (string | symbol)[] {
    // All keys of a large array would be as many texts: it is enough to know those that it has besides.
    if (Array.isArray(value)) return ['length'];
    if (hasIndexes(value)) return [];
    const keys = Reflect.ownKeys(value);
    return typeof value === 'function' ? keys.filter((key) => !OF_FUNCTIONS.includes(key)) : keys;
  }

  function show(value: unknown): Shown {
    const text = describe(value);
    const type = value === null ? 'null' : typeof value;
    if (!isObject(value) || types?.isProxy(value)) return { text, type, reference: 0, named: 0, indexed: 0 };
    const named = namedKeys(value).length;
    const indexed = indexedCount(value);
    const isEmpty = named + indexed === 0 && !mayHaveFields(value);
    const reference = isEmpty ? 0 : values.push(value);
    return { text, type, reference, named, indexed };
  }

  function asText(name: string, text: string): ShownProperty {
    return { name, text, type: '', reference: 0, named: 0, indexed: 0 };
  }

  function property(value: object, key: string | symbol): ShownProperty {
    const name = String(key);
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined)
      return asText(name, hasIndexes(value) && INDEX.test(name) ? 'empty' : 'undefined');
    if (descriptor.get !== undefined || descriptor.set !== undefined) return asText(name, '(…) a getter');
    return { name, ...show(descriptor.value) };
  }

  function entry(key: unknown, value: unknown, index: number): ShownProperty {
    // A key that has insides of its own is unfolded beside its value.
    if (isObject(key))
      return { name: `${index}`, ...show({ key, value }), text: `${describe(key)} => ${describe(value)}` };
    return { name: describe(key), ...show(value) };
  }

  function indexed(value: object, start: number, count: number): ShownProperty[] {
    const end = Math.min(indexedCount(value), start + count);
    const found: ShownProperty[] = [];
    let index = 0;
    if (hasIndexes(value)) for (index = start; index < end; index++) found.push(property(value, `${index}`));
    else if (types?.isMap(value)) {
      for (const [key, one] of mapEntries.call(value)) {
        if (index >= end) break;
        if (index >= start) found.push(entry(key, one, index));
        index++;
      }
    } else if (types?.isSet(value)) {
      for (const one of setValues.call(value)) {
        if (index >= end) break;
        if (index >= start) found.push({ name: `${index}`, ...show(one) });
        index++;
      }
    }
    return found;
  }

  function properties(
    reference: number,
    { filter, start = 0, count = 0 }: Range,
  ): ShownProperty[] | undefined {
    const value = values[reference - 1];
    if (value === undefined) return undefined;
    const many = count > 0 ? Math.min(count, MOST) : MOST;
    const found: ShownProperty[] = [];
    if (filter !== 'named') {
      found.push(...indexed(value, start, many));
      const left = indexedCount(value) - start - many;
      if (count === 0 && left > 0) found.push(asText('…', `${left} more`));
    }
    if (filter !== 'indexed') {
      const keys = namedKeys(value);
      const from = filter === 'named' ? start : 0;
      for (const key of keys.slice(from, from + many)) found.push(property(value, key));
      const left = keys.length - from - many;
      if (count === 0 && left > 0) found.push(asText('…', `${left} more`));
    }
    return found;
  }

  function withPrivateFields(reference: number): object | undefined {
    const value = values[reference - 1];
    return value !== undefined && mayHaveFields(value) ? value : undefined;
  }

  return { show, properties, withPrivateFields };
}

/**
 * Values in words, without running any code of the program that is looked at: no getter, no `toString`, no trap of a
 * proxy. A debugger that calls into a program changes it, and may hang in it.
 *
 * `makeDescriber` is sent as source text to processes that are debugged from outside: it must stand by itself, and
 * refer to nothing but the language's own globals.
 */

/** Variables of one scope, as the inspector shows it: a list of { description, object }. */
export interface DescribedVariable {
  readonly name: string;
  readonly text: string;
  readonly scope: 'local' | 'block' | 'closure' | 'module';
}

export interface Describer {
  /** In words, short. */
  describe(value: unknown): string;
  /**
   * The variables of each of these lists of scopes, after `this` for each that has a receiver. `keep` is called with
   * the value of each variable that has one, in the same order: list, variable, value.
   */
  variables(
    scopeLists: readonly unknown[],
    keep?: (list: number, variable: number, value: unknown) => void,
    receivers?: readonly unknown[],
  ): DescribedVariable[][];
  /** The same for the variables of the modules that they are in. */
  moduleVariables(
    scopeLists: readonly unknown[],
    keep?: (list: number, variable: number, value: unknown) => void,
  ): DescribedVariable[][];
  /** Their names; '' for those without. */
  functionNames(functions: readonly unknown[]): string[];
}

export function makeDescriber(): Describer {
  const LONGEST_STRING = 60;
  const LONGEST_TEXT = 120;
  const ITEMS = 5;
  /** Of one frame: a debugger shows so many, and a dump of 10,000 tasks is to stay readable. */
  const VARIABLES = 50;

  /** Of the function that a CommonJS module is. */
  const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];
  /** What esbuild, and tsx with it, puts at the head of a module. */
  const HELPERS =
    /^__(def(Normal)?Prop|name|export|reExport|copyProps|toESM|toCommonJS|create|commonJS|esm|require|get(ProtoOf|OwnProp(Desc|Names|Symbols))|hasOwnProp|propIsEnum|publicField|knownSymbol|typeError|using|callDispose)$/;

  interface Types {
    isProxy(value: unknown): boolean;
    isMap(value: unknown): boolean;
    isSet(value: unknown): boolean;
    isDate(value: unknown): boolean;
    isRegExp(value: unknown): boolean;
    isPromise(value: unknown): boolean;
    isNativeError(value: unknown): boolean;
    isTypedArray(value: unknown): boolean;
    isAnyArrayBuffer(value: unknown): boolean;
    isGeneratorObject(value: unknown): boolean;
    isWeakMap(value: unknown): boolean;
    isWeakSet(value: unknown): boolean;
  }
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { types?: Types } | undefined };
  };
  const types = host.process?.getBuiltinModule?.('node:util')?.types;

  const getter = (prototype: object, key: string) => Object.getOwnPropertyDescriptor(prototype, key)?.get;
  const mapSize = getter(Map.prototype, 'size');
  const setSize = getter(Set.prototype, 'size');
  const source = getter(RegExp.prototype, 'source');
  const typedLength = getter(Object.getPrototypeOf(Uint8Array.prototype) as object, 'length');
  const isoString = Date.prototype.toISOString;
  const functionText = Function.prototype.toString;

  /** A property that is plain data; undefined if it is absent or has a getter. */
  function data(object: object, key: PropertyKey): unknown {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    return descriptor === undefined ? undefined : (descriptor.value as unknown);
  }

  function isProxy(value: object): boolean {
    return types?.isProxy(value) === true;
  }

  /** The name of the class; '' for plain objects and where it cannot be had. */
  function className(object: object): string {
    let prototype: unknown = Object.getPrototypeOf(object);
    for (let depth = 0; depth < 8; depth++) {
      if (typeof prototype !== 'object' || prototype === null || isProxy(prototype)) return '';
      const made = data(prototype, 'constructor');
      if (typeof made === 'function' && !isProxy(made)) {
        const name = data(made, 'name');
        if (typeof name === 'string' && name !== '') return name === 'Object' ? '' : name;
      }
      prototype = Object.getPrototypeOf(prototype);
    }
    return '';
  }

  function quote(text: string): string {
    return JSON.stringify(text.length > LONGEST_STRING ? `${text.slice(0, LONGEST_STRING - 1)}…` : text);
  }

  function describeFunction(fn: object): string {
    const name = data(fn, 'name');
    const label = typeof name === 'string' && name !== '' ? name : '(anonymous)';
    const text = functionText.call(fn).slice(0, 200);
    if (/^class\b/.test(text)) return `class ${label}`;
    return /^(async\s*)?(function\s*)?\*/.test(text) ? `function* ${label}` : `function ${label}`;
  }

  function describeItems(array: object, length: number): string {
    const items: string[] = [];
    for (let index = 0; index < length && index < ITEMS; index++) {
      const descriptor = Object.getOwnPropertyDescriptor(array, index);
      if (descriptor === undefined) items.push('empty');
      else if (descriptor.get !== undefined) items.push('(…)');
      else items.push(brief(descriptor.value));
    }
    if (length > ITEMS) items.push('…');
    return items.join(', ');
  }

  function describeProperties(object: object): string {
    const parts: string[] = [];
    const keys = Object.keys(object);
    for (const key of keys.slice(0, ITEMS)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const text = descriptor?.get === undefined ? brief(descriptor?.value) : '(…)';
      parts.push(`${/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : quote(key)}: ${text}`);
    }
    if (keys.length > ITEMS) parts.push('…');
    return parts.join(', ');
  }

  /** A task is named, for that is what one looks for. */
  function describeTask(object: object): string | undefined {
    if (!Object.hasOwn(object, 'watchers') || !Object.hasOwn(object, 'label')) return undefined;
    const label = data(object, 'label');
    const id = data(object, 'id');
    const name =
      typeof label === 'function' || (typeof label === 'object' && label !== null)
        ? data(label, 'name')
        : label;
    if (typeof id !== 'number') return undefined;
    return `task ${typeof name === 'string' && name !== '' ? name : `task-${id}`} (#${id})`;
  }

  /** Without what is inside. */
  function brief(value: unknown): string {
    return describeAt(value, false);
  }

  function describeAt(value: unknown, isOuter: boolean): string {
    switch (typeof value) {
      case 'string':
        return quote(value);
      case 'bigint':
        return `${value}n`;
      case 'number':
        return Object.is(value, -0) ? '-0' : `${value}`;
      case 'symbol':
        return String(value);
      case 'function':
        return isProxy(value) ? 'Proxy' : describeFunction(value);
      case 'object':
        return value === null ? 'null' : describeObject(value, isOuter);
      default:
        return String(value);
    }
  }

  function describeObject(object: object, isOuter: boolean): string {
    if (isProxy(object)) return 'Proxy';
    if (Array.isArray(object)) {
      const length = data(object, 'length') as number;
      return isOuter ? `Array(${length}) [${describeItems(object, length)}]` : `Array(${length})`;
    }
    const task = describeTask(object);
    if (task !== undefined) return task;
    const name = className(object);
    if (types !== undefined) {
      if (types.isMap(object)) return `${name || 'Map'}(${String(mapSize?.call(object))}) {…}`;
      if (types.isSet(object)) return `${name || 'Set'}(${String(setSize?.call(object))}) {…}`;
      if (types.isTypedArray(object)) return `${name}(${String(typedLength?.call(object))})`;
      if (types.isRegExp(object)) return `/${String(source?.call(object))}/`;
      if (types.isNativeError(object)) {
        const message = data(object, 'message');
        return typeof message === 'string' && message !== ''
          ? `${name || 'Error'}: ${message}`
          : name || 'Error';
      }
      if (types.isDate(object)) {
        try {
          return isoString.call(object as Date);
        } catch {
          return 'Invalid Date';
        }
      }
      if (types.isGeneratorObject(object)) return 'Generator {…}';
      if (types.isPromise(object) || types.isWeakMap(object) || types.isWeakSet(object)) return `${name} {…}`;
      if (types.isAnyArrayBuffer(object)) return name;
    }
    const prefix = name === '' ? '' : `${name} `;
    // A scope of the library's is all links to others; what has a name is known by it.
    const ownName = name === '' ? undefined : data(object, 'name');
    if (typeof ownName === 'string') return `${prefix}${quote(ownName)}`;
    if (!isOuter || Object.hasOwn(object, 'timerIndex')) return `${prefix}{…}`;
    return `${prefix}{${describeProperties(object)}}`;
  }

  function describe(value: unknown): string {
    let text: string;
    try {
      text = describeAt(value, true);
    } catch {
      return 'a value that cannot be shown';
    }
    text = text.replace(
      /[\p{Cc}\p{Zl}\p{Zp}]/gu, // as `printable` does, which is not to be had everywhere
      (char) => (char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
    return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
  }

  type Listed = { readonly [index: number]: { readonly description: string; readonly object: object } } & {
    readonly length: number;
  };

  function scopeKind(description: string): DescribedVariable['scope'] | undefined {
    if (/^Local/.test(description)) return 'local';
    if (/^(Block|Catch|Eval)/.test(description)) return 'block';
    if (/^Module/.test(description)) return 'module';
    return /^Closure/.test(description) ? 'closure' : undefined;
  }

  /**
   * The depth from which on there are the scopes of the module. Those of a CommonJS module are closures of a function
   * without a name: the outermost one, or two, if its parameters have one of their own.
   */
  function moduleScope(scopes: Listed | undefined, depths: number): number {
    let module = depths;
    for (let depth = depths - 1; depth >= 0; depth--) {
      const { description, object } = (scopes as Listed)[depth] as Listed[number];
      if (/^(Global|Script)/.test(description)) continue;
      if (/^Module/.test(description)) return depth;
      if (description !== 'Closure') return module;
      module = depth;
      const areParameters = Object.getOwnPropertyNames(object).every((name) => PARAMETERS.includes(name));
      if (!areParameters) return module;
    }
    return module;
  }

  /** Variables that compilers make of `using`. */
  function isTemporary(name: string, names: readonly string[]): boolean {
    const [, number] = /^_(?:stack|error|hasError)(\d*)$/.exec(name) ?? [];
    return number !== undefined && names.includes(`_stack${number}`) && names.includes(`_hasError${number}`);
  }

  function functionNames(functions: readonly unknown[]): string[] {
    return functions.map((fn) => {
      const name = typeof fn === 'function' && !isProxy(fn) ? data(fn, 'name') : undefined;
      return typeof name === 'string' ? name : '';
    });
  }

  type Keep = (list: number, variable: number, value: unknown) => void;

  function variables(
    scopeLists: readonly unknown[],
    keep?: Keep,
    receivers?: readonly unknown[],
  ): DescribedVariable[][] {
    return variablesOf(scopeLists, false, keep, receivers);
  }

  function moduleVariables(scopeLists: readonly unknown[], keep?: Keep): DescribedVariable[][] {
    return variablesOf(scopeLists, true, keep);
  }

  function variablesOf(
    scopeLists: readonly unknown[],
    ofModule: boolean,
    keep: Keep | undefined,
    receivers: readonly unknown[] = [],
  ): DescribedVariable[][] {
    return scopeLists.map((list, at) => {
      const found: DescribedVariable[] = [];
      const receiver = receivers[at];
      if (receiver !== undefined && receiver !== globalThis) {
        keep?.(at, 0, receiver);
        found.push({ name: 'this', text: describe(receiver), scope: 'local' });
      }
      const scopes = list as Listed | undefined;
      const depths = scopes?.length ?? 0;
      const module = moduleScope(scopes, depths);
      for (let depth = 0; depth < depths; depth++) {
        const { description, object } = (scopes as Listed)[depth] as Listed[number];
        const kind = scopeKind(description);
        if (kind === undefined || depth >= module !== ofModule) continue;
        const scope = ofModule ? 'module' : kind;
        const names = Object.getOwnPropertyNames(object);
        for (const name of names) {
          if (found.length === VARIABLES) return found;
          if (name === 'arguments' || isTemporary(name, names)) continue;
          if (ofModule && (PARAMETERS.includes(name) || HELPERS.test(name))) continue;
          let text: string;
          try {
            const descriptor = Object.getOwnPropertyDescriptor(object, name);
            // Newer engines put an accessor in the place of what is not initialised yet.
            if (descriptor?.get !== undefined) text = 'uninitialized';
            else {
              text = describe(descriptor?.value);
              keep?.(at, found.length, descriptor?.value);
            }
          } catch {
            text = 'uninitialized';
          }
          found.push({ name, text, scope });
        }
      }
      return found;
    });
  }

  return { describe, variables, moduleVariables, functionNames };
}

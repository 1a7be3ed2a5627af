/** Node's own modules, where there are any: asked for at run time, so that the debugger loads in a browser too. */

interface Builtins {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:dgram': typeof import('node:dgram');
  'node:events': typeof import('node:events');
  'node:module': typeof import('node:module');
  'node:crypto': typeof import('node:crypto');
  'node:inspector': typeof import('node:inspector');
  'node:net': typeof import('node:net');
  'node:fs': typeof import('node:fs');
  'node:os': typeof import('node:os');
  'node:stream': typeof import('node:stream');
  'node:util': typeof import('node:util');
  'node:v8': typeof import('node:v8');
  'node:worker_threads': typeof import('node:worker_threads');
}

interface Host {
  getBuiltinModule?<K extends keyof Builtins>(name: K): Builtins[K] | undefined;
}

/** The module, or undefined where it is not to be had. */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] | undefined {
  const { process: host } = globalThis as { process?: Host };
  try {
    return host?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

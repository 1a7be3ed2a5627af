/**
 * `make run FILE=…` takes a file that lies anywhere. Where it finds no package `treadle` of its own, it gets this one,
 * as source. Node runs the hook of ES modules, `resolve`, in a thread of its own, which loads this file once more.
 */
import Module, { createRequire, type ResolveHook, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const HERE = createRequire(new URL('../package.json', import.meta.url));

/** The file behind a door of this package; undefined if `specifier` names none. */
function door(specifier: string): string | undefined {
  return /^treadle(\/|$)/.test(specifier) ? HERE.resolve(specifier) : undefined;
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const file = door(specifier);
    if (file === undefined) throw error;
    return nextResolve(pathToFileURL(file).href, context);
  }
};

/** How `require` finds files: what tsx makes of a TypeScript file outside of any ES module package calls it. */
interface Requiring {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

if (isMainThread) {
  const requiring = Module as unknown as Requiring;
  const find = requiring._resolveFilename;
  requiring._resolveFilename = function (request, ...rest) {
    try {
      return find.call(this, request, ...rest);
    } catch (error) {
      const file = door(request);
      if (file === undefined) throw error;
      return file;
    }
  };
  register(import.meta.url);
}

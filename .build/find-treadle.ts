/**
 * `make run FILE=…` takes a file that lies anywhere. Where it finds no package `treadle` of its own, it gets this one,
 * as source. Node runs the hook of ES modules, `resolve`, in a thread of its own, which loads this file once more.
 */
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire, type ResolveHook, register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const HERE = createRequire(new URL('../package.json', import.meta.url));

/** The file behind a door of this package; undefined if `specifier` names none. */
function door(specifier: string): string | undefined {
  return /^treadle(\/|$)/.test(specifier) ? HERE.resolve(specifier) : undefined;
}

/** Whether no package says what its `.ts` files are: they are ES modules then, and may use top-level `await`. */
function isUndecided(url: string): boolean {
  if (!url.startsWith('file:') || !/\.ts($|\?)/.test(url)) return false;
  for (let folder = dirname(fileURLToPath(url)); ; folder = dirname(folder)) {
    try {
      const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: unknown };
      return type === undefined;
    } catch {
      if (folder === dirname(folder)) return true; // none to be read, up to the root
    }
  }
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    const found = await nextResolve(specifier, context);
    return isUndecided(found.url) ? { ...found, format: 'module' } : found;
  } catch (error) {
    const file = door(specifier);
    if (file === undefined) throw error;
    return nextResolve(pathToFileURL(file).href, context);
  }
};

/** A slip of the pen gets a line that says it, in the place of Node's own stack. */
function refuseMissing(file: string): void {
  // Node, or what loads TypeScript for it, tries these endings too.
  if (['', '.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'].some((ending) => existsSync(file + ending))) return;
  process.stderr.write(`make run FILE=…: there is no ${file} (a relative path starts in ${process.cwd()})\n`);
  process.exit(1);
}

/** How `require` finds files: what tsx makes of a TypeScript file outside of any ES module package calls it. */
interface Requiring {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

if (isMainThread) {
  if (process.argv[1] !== undefined) refuseMissing(process.argv[1]);
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

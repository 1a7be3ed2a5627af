/**
 * Hooks of Node's module loader, which runs them in a thread of its own: this file imports nothing of the package.
 *
 * - `treadle` itself, for a program that has no copy of it installed: the one that the command belongs to.
 * - TypeScript, where neither tsx nor Node itself reads it but esbuild is installed.
 */
import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface HookOptions {
  /** What `treadle` and its other doors resolve to when they do not otherwise: specifier to URL. */
  readonly doors?: Readonly<Record<string, string>>;
  /** The URL of the esbuild that is to take the types out of TypeScript. */
  readonly esbuild?: string;
}

/** As much of esbuild as is used. */
interface Esbuild {
  transform(
    source: string,
    options: { loader: string; format: string; target: string; sourcemap: string; sourcefile: string },
  ): Promise<{ code: string }>;
}

let options: HookOptions = {};
let esbuild: Promise<Esbuild> | undefined;

export function initialize(given: HookOptions): void {
  options = given;
  if (given.esbuild !== undefined) {
    esbuild = import(given.esbuild).then(
      (module: Esbuild & { default?: Esbuild }) => module.default ?? module,
    );
  }
}

/** What an import of JavaScript may mean in TypeScript. */
const IN_TYPESCRIPT: readonly (readonly [ending: RegExp, endings: readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx']],
  [/\.mjs$/, ['.mts']],
  [/\.cjs$/, ['.cts']],
];

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const door = options.doors?.[specifier];
    if (door !== undefined) return { url: door, shortCircuit: true };
    if (esbuild !== undefined && /^\.{0,2}\//.test(specifier)) {
      for (const [ending, endings] of IN_TYPESCRIPT) {
        if (!ending.test(specifier)) continue;
        for (const other of endings) {
          try {
            return await nextResolve(specifier.replace(ending, other), context);
          } catch {
            // That file is not there either.
          }
        }
      }
    }
    throw error;
  }
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loader = /^file:.*\.[mc]?(tsx?)(\?|$)/.exec(url)?.[1];
  if (esbuild === undefined || loader === undefined) return nextLoad(url, context);
  const file = fileURLToPath(url);
  const isCommonJs = file.endsWith('.cts');
  const { code } = await (await esbuild).transform(await readFile(file, 'utf8'), {
    loader,
    format: isCommonJs ? 'cjs' : 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    sourcefile: file,
  });
  return { format: isCommonJs ? 'commonjs' : 'module', source: code, shortCircuit: true };
};

/**
 * Makes this process read TypeScript, with what the program's own project has: tsx if it is installed there, else
 * esbuild, else Node itself if it can. The command brings no compiler of its own.
 */
import { readFileSync } from 'node:fs';
import { InputError } from './input-error.js';
import type { HookOptions } from './module-hooks.js';
import { resolveFrom } from './resolve-from.js';

const TYPESCRIPT = /\.([mc]?ts|tsx|jsx)$/;
/** What Node's own type stripping does not take. */
const JSX = /\.[jt]sx$/;

/** Gives what the loader's hooks have to do for it. */
export async function readTypeScript(file: string): Promise<HookOptions> {
  if (!TYPESCRIPT.test(file) || isTsxActive()) return {};
  const manifest = resolveFrom(file, 'tsx/package.json');
  if (manifest !== undefined) {
    await activate(manifest, './esm/api');
    await activate(manifest, './cjs/api');
    return {};
  }
  // Before Node itself, which does not find greeting.ts where greeting.js is imported.
  const esbuild = resolveFrom(file, 'esbuild');
  if (esbuild !== undefined) return { esbuild };
  if (canNodeStripTypes() && !JSX.test(file)) return {};
  throw new InputError(
    `${file} is ${JSX.test(file) ? 'JSX' : 'TypeScript'}, which Node ${process.versions.node} does not read by itself: ` +
      'install tsx (npm install --save-dev tsx), or esbuild, in the project of that file' +
      `${JSX.test(file) ? '' : ', or use Node 22.18 or newer'}`,
  );
}

/** As much of tsx as is used. */
interface Tsx {
  register(): unknown;
}

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly import: { readonly default: string } }>>;
}

/**
 * Registers one side of tsx. Its CommonJS twin, which `require.resolve` would find, does not find its own parts when
 * it is imported.
 */
async function activate(manifest: string, door: string): Promise<void> {
  const { exports } = JSON.parse(readFileSync(new URL(manifest), 'utf8')) as Manifest;
  const path = exports[door]?.import.default;
  if (path === undefined) return; // a version that has not got it
  const tsx = (await import(new URL(path, manifest).href)) as Tsx;
  tsx.register();
}

/** The process was started with `--import tsx` or the like. */
function isTsxActive(): boolean {
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  return options.some((option) => /\btsx\b/.test(option));
}

function canNodeStripTypes(): boolean {
  const { typescript } = process.features as { readonly typescript?: string | false };
  return Boolean(typescript);
}

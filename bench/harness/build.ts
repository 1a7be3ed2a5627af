/**
 * Bundles what is measured to plain JavaScript, so that no TypeScript loader sits in a measuring process and Treadle is
 * run as its users get it: one ES module, target ES2022, without blanks and comments, with its names. The layout below
 * `results/build/<process id of the runner>/`, which stays until a later run, to be profiled by hand:
 *
 *   treadle.js, lowlevel.js     lib/index.ts and lib/lowlevel.ts, bundled, with a chunk that both share
 *   dist/                       the package as it is published: for row 15, where its import is what is measured
 *   worker.js, load.js          the measuring process, the load generator of `http`
 *   <code>/<system>.js          one implementation each
 *   bundle/<code>/<system>.js   the same with all that it imports, minified: only where the bundle is what is measured
 *
 * Implementations import Treadle by its source path, `../../../lib/index.js`, for the type-checker; here that import
 * becomes `../treadle.js` (in row 15 `../dist/index.js`), so that another build can be put in its place. (A bare
 * `treadle` would not resolve: the nearest package.json of these files is the one of the benchmarks.) Peers stay
 * outside, as Node would load them.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bundle } from '../../.build/bundle.js';

export const bench = fileURLToPath(new URL('..', import.meta.url));
export const root = join(bench, '..');
const entry = join(root, 'lib/index.ts');

/** For the quick check: Treadle that counts. */
export const countedEntry = join(bench, 'harness/counted-treadle.ts');

export const resultsDirectory = join(bench, 'results');

const builds = join(resultsDirectory, 'build');

/** Each runner has its own, so that two of them do not build over each other. */
export const outputDirectory = join(builds, String(process.pid));

export const worker = join(outputDirectory, 'worker.js');

/** The counted process. */
export const repeater = join(outputDirectory, 'repeat.js');

export function moduleOf(code: string, system: string, directory = outputDirectory): string {
  return join(directory, code, `${system}.js`);
}

export function bundleOf(code: string, system: string): string {
  return join(outputDirectory, 'bundle', code, `${system}.js`);
}

/** False as long as there is no engine to measure: its systems are then skipped with a note. */
export function hasTreadle(): boolean {
  return existsSync(entry);
}

/** The systems that have an implementation: the files of `workloads/<code>/`. */
export async function implementationsOf(code: string): Promise<string[]> {
  const files = await readdir(join(bench, 'workloads', code));
  return files.filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts'));
}

/** The folder of the implementations that ask what the package costs. */
const PACKAGE = 'library';

const treadleBesideIt: Plugin = {
  name: 'treadle',
  setup({ onResolve }) {
    onResolve({ filter: /\/lib\/index\.js$/ }, ({ resolveDir }) => ({
      path: basename(resolveDir) === PACKAGE ? '../dist/index.js' : '../treadle.js',
      external: true,
    }));
    onResolve({ filter: /\/lib\/lowlevel\.js$/ }, () => ({ path: '../lowlevel.js', external: true }));
  },
};

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function removeOldBuilds(): Promise<void> {
  await mkdir(builds, { recursive: true });
  for (const name of await readdir(builds)) {
    if (!isRunning(Number(name))) await rm(join(builds, name), { recursive: true, force: true });
  }
}

const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' } satisfies BuildOptions;

function entryPoints(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => [pair, join(bench, 'workloads', `${pair}.ts`)]));
}

/** `pairs` are `<code>/<system>`; `library` is the entry of the Treadle that they are to import. */
export async function buildImplementations(
  pairs: readonly string[],
  directory: string,
  library: string,
): Promise<void> {
  await build({
    ...common,
    outdir: directory,
    entryPoints: {
      treadle: library,
      lowlevel: join(library === countedEntry ? dirname(entry) : dirname(library), 'lowlevel.ts'),
    },
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'neutral',
    external: ['node:*'],
    sourcemap: true,
  });
  await build({
    ...common,
    outdir: directory,
    entryPoints: { ...entryPoints(pairs), load: join(bench, 'harness/load.ts') },
    platform: 'node',
    packages: 'external',
    plugins: [treadleBesideIt],
  });
}

/** `bundles` are those pairs whose bundle is measured; `library` as above. */
export async function buildAll(
  pairs: readonly string[],
  bundles: readonly string[] = [],
  library = entry,
): Promise<void> {
  await removeOldBuilds();
  const processes = { worker: join(bench, 'harness/worker.ts'), repeat: join(bench, 'harness/repeat.ts') };
  await build({ ...common, outdir: outputDirectory, entryPoints: processes, platform: 'node' });
  await buildImplementations(pairs, outputDirectory, library);
  if (pairs.includes(`${PACKAGE}/treadle`)) await bundle(root, join(outputDirectory, 'dist'));
  if (bundles.length === 0) return;
  await build({
    ...common,
    outdir: join(outputDirectory, 'bundle'),
    entryPoints: entryPoints(bundles),
    platform: 'browser',
    external: ['node:*'],
    minify: true,
  });
}

/** The bundle: all doors and the command in pieces that they share, so that there is one copy of the engine. */
import { chmodSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const COMMAND = 'cli/main';
/** The doors, the command, and the hooks that it gives to another thread. */
const ENTRIES = [
  'index',
  'lowlevel',
  'testing/index',
  'testing/mocha',
  'debug/index',
  COMMAND,
  'cli/module-hooks',
];

/**
 * Packages in CommonJS require Node's modules, and an ES module has no `require`. An import in its place would stand
 * at the head of a piece; this asks Node at the very place where the module is required.
 */
const builtinsByRequire: Plugin = {
  name: 'builtins-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z:/_]+$/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/** Bundles the `lib` of `root`, and says what is in it. */
export async function bundle(root: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((name) => `lib/${name}.ts`),
    outbase: 'lib',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    sourcemap: true,
    // Accelerators in C that ws uses where they are installed; it does without.
    external: ['bufferutil', 'utf-8-validate'],
    legalComments: 'none',
    metafile: true,
    plugins: [builtinsByRequire],
    logLevel: 'warning',
  });
  chmodSync(join(outdir, `${COMMAND}.js`), 0o755);
  return metafile;
}

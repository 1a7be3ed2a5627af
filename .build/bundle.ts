/** The bundle: all doors and the command in pieces that they share, so that there is one copy of the engine. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const COMMAND = 'cli/main';
/** They run in a thread of their own, and need nothing of the engine. */
const HOOKS = 'cli/module-hooks';
/** The doors, the command, and the hooks that it gives to another thread. */
const ENTRIES = [
  'index',
  'lowlevel',
  'testing/index',
  'testing/mocha',
  'debug/index',
  COMMAND,
  HOOKS,
  'cli/dap/program-process',
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

/**
 * Makes every door, and whatever is above the core and may be imported late, import the root door. What that reaches is
 * then reached by all of them, so it comes out as one piece instead of a dozen: the package loads from two files.
 */
const oneCore: Plugin = {
  name: 'one-core',
  setup({ onLoad, initialOptions: { absWorkingDir = '' } }) {
    const door = JSON.stringify(join(absWorkingDir, 'lib/index.ts'));
    onLoad({ filter: /\/lib\/(lowlevel|(testing|debug|cli)\/.*)\.ts$/ }, async ({ path }) => {
      if (path.endsWith(`${HOOKS}.ts`)) return undefined;
      return { contents: `${await readFile(path, 'utf8')}\nimport ${door};\n`, loader: 'ts' };
    });
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
    // A third of the time that an import takes goes with the blanks; names stay, for stack traces and dumps.
    minifyWhitespace: true,
    minifySyntax: true,
    // Accelerators in C that ws uses where they are installed; it does without.
    external: ['bufferutil', 'utf-8-validate'],
    legalComments: 'none',
    metafile: true,
    // Else that the package has no side effects would undo what `oneCore` does.
    ignoreAnnotations: true,
    plugins: [builtinsByRequire, oneCore],
    logLevel: 'warning',
  });
  const files = Object.keys(metafile.outputs).filter((path) => path.endsWith('.js'));
  // esbuild's own helper functions, of no source: a door that uses none of them need not load them all the same.
  const helpers = files.find((path) => {
    const { inputs, entryPoint } = metafile.outputs[path] as Metafile['outputs'][string];
    return entryPoint === undefined && Object.keys(inputs).length === 0;
  });
  for (const file of files) {
    if (helpers !== undefined) dropImport(join(root, file), basename(helpers));
    restoreClassNames(join(root, file));
  }
  chmodSync(join(outdir, `${COMMAND}.js`), 0o755);
  return metafile;
}

/** Takes out an import of nothing; blanks stand in its place, so that the source map stays right. */
function dropImport(file: string, name: string): void {
  const text = readFileSync(file, 'utf8');
  const statement = new RegExp(`import"\\.{1,2}/${name}";`);
  writeFileSync(
    file,
    text.replace(statement, ({ length }) => ' '.repeat(length)),
  );
}

/**
 * esbuild makes `var Lock = class _Lock {…}` of a class that refers to itself, and then that is its name, which users
 * see in errors and dumps. (Its own cure, `keepNames`, names every function and makes the package a third larger.) A
 * blank stands for the letter that goes, so that the source map stays right.
 */
function restoreClassNames(file: string): void {
  const text = readFileSync(file, 'utf8');
  const names = [...text.matchAll(/\b(\w+)=class _\1\b/g)].map(([, name]) => name);
  if (names.length === 0) return;
  const inner = new RegExp(`(?<![\\w$.])_(${names.join('|')})(?![\\w$])`, 'g');
  writeFileSync(file, text.replaceAll(inner, '$1 '));
}

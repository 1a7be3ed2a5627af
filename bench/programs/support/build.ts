/**
 * Bundles what the child processes run to plain JavaScript, so that no TypeScript loader is in the way and Treadle is
 * one module, as its users get it. One build with shared chunks holds all scripts of a folder.
 *
 * Programs import Treadle by its source path: a bare `treadle` would not resolve, for the package.json nearest to them
 * is the one of the benchmarks.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bench = fileURLToPath(new URL('../..', import.meta.url));

export const resultsDirectory = join(bench, 'results');

export class Build implements Disposable {
  private readonly output = join(resultsDirectory, 'build', String(process.pid));

  private constructor() {}

  /** Bundles every file below the given folders of `bench/`. */
  static async of(folders: readonly string[]): Promise<Build> {
    const made = new Build();
    const files = folders.flatMap((folder) =>
      readdirSync(join(bench, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(bench, folder, file),
      ),
    );
    await build({
      entryPoints: files.filter((file) => file.endsWith('.ts')),
      outbase: bench,
      outdir: made.output,
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      platform: 'node',
      packages: 'external',
      sourcemap: true,
      logLevel: 'warning',
    });
    return made;
  }

  /** The bundle of `bench/<path>.ts`. */
  script(path: string): string {
    return join(this.output, `${path}.js`);
  }

  [Symbol.dispose](): void {
    rmSync(this.output, { recursive: true, force: true });
  }
}

/**
 * Builds the package into dist/: the bundle, and the declarations. The core imports nothing. What the debugger and the
 * command are built with is bundled, for the package has no dependencies; its licences are collected in
 * dist/THIRD-PARTY-LICENSES.txt.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundle } from './bundle.js';

rmSync('dist', { recursive: true, force: true });
const metafile = await bundle(process.cwd(), resolve('dist'));
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', licencesOf(packagesIn(metafile)));
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'lib/tsconfig.json'];
const { status } = spawnSync(process.execPath, tsc, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
// Nobody imports the command.
for (const name of readdirSync('dist/cli', { recursive: true, encoding: 'utf8' })) {
  if (name.endsWith('.d.ts')) rmSync(join('dist/cli', name));
}

/** The folders of the packages that something was bundled from. */
function packagesIn({ inputs }: Metafile): string[] {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

/** @throws Error if a package does not say under which licence it may be passed on. */
function licencesOf(folders: readonly string[]): string {
  const texts = folders.map((folder) => {
    const { name, version, license }: Record<string, unknown> = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(folder).find((entry) => /^(licen[sc]e|copying)/i.test(entry));
    if (file === undefined) {
      throw new Error(`${folder} has no licence file: it cannot be bundled`);
    }
    const text = readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `Parts of these packages are bundled with Treadle's debugger and its command.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

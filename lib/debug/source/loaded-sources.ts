/** The source files of the scripts that this process has loaded, by the ends of their paths. */

import { pathOf } from '../../base/path-of.js';
import { builtin } from '../builtin.js';
import { localSources } from '../inspect/inspect-tasks.js';
import { askSync } from '../inspect/inspector-protocol.js';
import { localInspector } from '../inspect/local-inspector.js';
import type { Script } from './scripts.js';

export interface LoadedSource {
  readonly file: string;
  readonly text: string;
}

/** Those whose path `isMeant` accepts and whose text can be had. None where there is no inspector. */
export function loadedSources(isMeant: (path: string) => boolean): LoadedSource[] {
  const inspector = localInspector();
  if (typeof inspector === 'string') return [];
  const scripts = askSync(inspector, localSources.scripts.all()).filter(
    ({ url }) => url !== '' && !url.startsWith('node:'),
  );
  // Mostly a script is called after its source. Only for a bundle must the source maps be read, which takes long.
  const byName = sourcesAmong(
    scripts.filter(({ url }) => isMeant(pathOf(url))),
    isMeant,
  );
  return byName.length > 0 ? byName : sourcesAmong(scripts, isMeant);
}

/** What is to be said of a breakpoint on a function that may never hold. */
export function doubtOf(name: string): string | undefined {
  const bare = /\.([^.]+)$/.exec(name)?.[1];
  if (bare !== undefined) return `a function goes by its own name, without that of its class: ${bare}`;
  return isWritten(name) ? undefined : `no file that is loaded by now has the word ${name}`;
}

/** Whether the word is in one of the files that are loaded, those of packages left out. */
function isWritten(word: string): boolean {
  const pattern = new RegExp(`(?<![\\w$])${word.replaceAll(/[$.]/g, '\\$&')}(?![\\w$])`);
  return loadedSources((path) => !path.includes('node_modules')).some(({ text }) => pattern.test(text));
}

function sourcesAmong(scripts: readonly Script[], isMeant: (path: string) => boolean): LoadedSource[] {
  const found = new Map<string, LoadedSource>();
  for (const script of scripts) {
    for (const source of localSources.maps.sourcesOf(script)) {
      if (!isMeant(source.file)) continue;
      const { file, text = read(file) } = source;
      if (text !== undefined) found.set(file, { file, text });
    }
  }
  return [...found.values()];
}

function read(file: string): string | undefined {
  try {
    return builtin('node:fs')?.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

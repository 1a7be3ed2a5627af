/** The source files of the scripts that this process has loaded, by the ends of their paths. */
import { builtin } from './builtin.js';
import { localSources } from './inspect-tasks.js';
import { askSync } from './inspector-protocol.js';
import { localInspector } from './local-inspector.js';

export interface LoadedSource {
  readonly file: string;
  readonly text: string;
}

/** Those whose path `isMeant` accepts and whose text can be had. None where there is no inspector. */
export function loadedSources(isMeant: (path: string) => boolean): LoadedSource[] {
  const inspector = localInspector();
  if (typeof inspector === 'string') return [];
  const found = new Map<string, LoadedSource>();
  for (const script of askSync(inspector, localSources.scripts.all())) {
    if (script.url === '' || script.url.startsWith('node:')) continue;
    for (const { file, text = read(file) } of localSources.maps.sourcesOf(script)) {
      if (text !== undefined && isMeant(file)) found.set(file, { file, text });
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

/** Which file a specifier means to another file. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The URL of what importing `specifier` gives `file`; undefined if there is no such thing. */
export function resolveFrom(file: string, specifier: string): string | undefined {
  try {
    return pathToFileURL(createRequire(file).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

/** Hashes: whether a file, or the text of a function, is what it was when it was recorded. */
import { builtin } from '../builtin.js';

/** The hash of a file; undefined if it cannot be read. */
export function hashOfFile(file: string): string | undefined {
  try {
    const content = builtin('node:fs')?.readFileSync(file);
    return content && hashOf(content);
  } catch {
    return undefined;
  }
}

/** '' where the host has no such thing. */
export function hashOf(content: string | Uint8Array): string {
  return builtin('node:crypto')?.createHash('sha256').update(content).digest('hex') ?? '';
}

/** A place as a person reads it, and as terminals and editors make a link of it. */
import type { SourceLocation } from './source-location.js';

/** 'src/app.ts:12:9': the path from the working directory for what lies below it. */
export function showLocation({ file, line, column }: SourceLocation): string {
  return `${shortPath(file)}:${line}:${column}`;
}

function shortPath(file: string): string {
  const here = typeof process === 'object' ? process.cwd() : undefined;
  if (here === undefined || !file.startsWith(here)) return file;
  const separator = file[here.length];
  return separator === '/' || separator === '\\' ? file.slice(here.length + 1) : file;
}

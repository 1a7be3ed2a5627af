/**
 * The lines around a place in a source file, with a caret under it:
 *
 *       10 │ function* fetchUser(id: number) {
 *       11 │   yield* sleep(1);
 *     › 12 │   throw new Error('no such user');
 *          │         ^
 *       13 │ }
 */
import { builtin } from '../builtin.js';
import { isPath } from '../errors/stack-frame.js';
import type { Paint } from '../paint.js';
import type { SourceLocation } from './source-location.js';

const BEFORE = 2;
const AFTER = 1;
/** Characters of a line that are shown: of a minified file a line is all there is. */
const WIDTH = 100;

/** Source files, read once for a text. */
export class SourceFiles {
  private readonly files = new Map<string, readonly string[] | undefined>();

  /** The lines of a file; undefined if it cannot be read. */
  linesOf(file: string): readonly string[] | undefined {
    if (!this.files.has(file)) this.files.set(file, read(file));
    return this.files.get(file);
  }
}

function read(file: string): readonly string[] | undefined {
  if (!isPath(file)) return undefined;
  try {
    return builtin('node:fs')?.readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return undefined; // it was there when the program was built, and need not be now
  }
}

/** Empty if the source is not there, or is not that of the place. */
export function codeFrame(location: SourceLocation, files: SourceFiles, paint: Paint): string[] {
  const source = files.linesOf(location.file);
  const line = source?.[location.line - 1];
  if (source === undefined || line === undefined || location.column > line.length + 1) return [];
  const begin = Math.max(1, location.line - BEFORE);
  const end = Math.min(source.length, location.line + AFTER);
  const width = String(end).length;
  // Far to the right, as in a minified file, the window moves with the place.
  const from = location.column > WIDTH ? location.column - WIDTH / 2 : 0;
  const lines: string[] = [];
  for (let number = begin; number <= end; number++) {
    const isIt = number === location.line;
    const text = (source[number - 1] as string)
      .slice(from, from + WIDTH)
      .replaceAll('\t', ' ')
      .trimEnd();
    const gutter = `${isIt ? '›' : ' '} ${String(number).padStart(width)} │`;
    lines.push(paint('dim', gutter) + (text === '' ? '' : ` ${isIt ? text : paint('dim', text)}`));
    if (!isIt) continue;
    const caret = `${' '.repeat(location.column - 1 - from)}${paint('red', '^')}`;
    lines.push(`${paint('dim', `${' '.repeat(width + 2)} │`)} ${caret}`);
  }
  return lines;
}

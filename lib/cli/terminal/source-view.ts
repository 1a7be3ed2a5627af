/**
 * Lines of a source file, as the debugger shows them:
 *
 *         12 │ function* worker(id: number) {
 *      ●  13 │   const lock = yield* saw.acquire();
 *      ›  14 │   yield* sleep(5);
 *            │   ^
 *         15 │ }
 */
import type { Paint } from '../../debug/paint.js';
import type { SourceLocation } from '../../debug/source/source-location.js';

const TAB = '  ';
const STANDS = '›';
const BREAKS = '●';

export interface View {
  /** The lines, from 1. */
  readonly first: number;
  readonly last: number;
  /** Where the caret stands, if it is in this file. */
  readonly at?: SourceLocation | undefined;
  /** Those with a breakpoint. */
  readonly breaks: ReadonlySet<number>;
}

/** As many lines before `line` as after it; at the ends of the file the window is moved. */
export function windowAround(line: number, count: number, total: number): { first: number; last: number } {
  const first = Math.max(1, Math.min(line - Math.floor((count - 1) / 2), total - count + 1));
  return { first, last: Math.min(total, first + count - 1) };
}

/** The lines, and how many of them there are without the emptiness at the end. */
export function countLines(source: readonly string[]): number {
  return source.at(-1) === '' ? source.length - 1 : source.length;
}

export function viewSource(
  source: readonly string[],
  { first, last, at, breaks }: View,
  paint: Paint,
): string[] {
  const width = String(last).length;
  const lines: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = source[number - 1] ?? '';
    const isIt = at?.line === number;
    const mark = isIt ? paint('green', STANDS) : breaks.has(number) ? paint('red', BREAKS) : ' ';
    const gutter = paint('dim', `${String(number).padStart(width)} │`);
    const shown = text.replaceAll('\t', TAB).trimEnd();
    lines.push(` ${mark} ${gutter}${shown === '' ? '' : ` ${isIt ? paint('bold', shown) : shown}`}`);
    if (!isIt) continue;
    const before = text.slice(0, at.column - 1).replaceAll('\t', TAB);
    const caret = ' '.repeat(before.length) + paint('green', '^');
    lines.push(`   ${paint('dim', `${' '.repeat(width)} │`)} ${caret}`);
  }
  return lines;
}

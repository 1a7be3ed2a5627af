/**
 * The lines at which a stepper can stop. It stops between two steps, and a step ends where a coroutine yields: so a
 * line counts if it holds a `yield`, or begins a generator function, which is stopped at when it is entered.
 */
import { blankText } from './blank-text.js';

const YIELD = /(?<![.\w$])yield\b(?!\s*\??[:=])/;
/** `function*`, and `*name(` as the beginning of a method. */
const GENERATOR =
  /\bfunction\s*\*|(?:^|[{},;]|\b(?:static|public|private|protected|override))\s*\*\s*(?:[\w$#]+|\[[^\]]*\])\s*[(<]/;

export function breakableLines(source: string): number[] {
  const lines: number[] = [];
  blankText(source)
    .split('\n')
    .forEach((text, at) => {
      if (YIELD.test(text) || GENERATOR.test(text)) lines.push(at + 1);
    });
  return lines;
}

/** The line at which a breakpoint on `line` stops: itself, or the next one that can. @throws RangeError if there is none. */
export function breakableLine(file: string, source: string, line: number): number {
  const lines = breakableLines(source);
  const found = lines.find((candidate) => candidate >= line);
  if (found !== undefined) return found;
  const count = source.replace(/\n$/, '').split('\n').length;
  const what =
    line > count
      ? `${file} has only ${count} lines`
      : `no coroutine yields at line ${line} of ${file} or after it`;
  const last = lines.at(-1);
  throw new RangeError(
    `${what}; a stepper stops where a coroutine yields or a generator function begins, ` +
      (last === undefined ? 'and that file has none of these' : `and the last such line there is ${last}`),
  );
}

/** What the Tab key makes of a line. */
import { type Command, findCommand } from './command.js';
import type { Session } from './session.js';

/** The candidates, and the part of the line that they replace: what `node:readline` takes. */
export function completeLine(
  line: string,
  commands: readonly Command[],
  session: Session,
): [candidates: string[], part: string] {
  const [, word = '', rest] = /^\s*(\S*)(?:\s+(.*))?$/s.exec(line) ?? [];
  if (rest === undefined)
    return [
      begun(
        commands.map(({ name }) => name),
        word,
      ),
      word,
    ];
  try {
    const { complete } = findCommand(commands, word);
    // Names of tasks may consist of words, so that they are tried first from their beginning.
    const words = complete?.(session) ?? [];
    const whole = begun(words, rest);
    if (whole.length > 0) return [whole, rest];
    const [part = ''] = /[\p{ID_Continue}$#]*$/u.exec(rest) ?? [];
    return [begun(words, part), part];
  } catch {
    return [[], line]; // no such command, or nothing to look at
  }
}

function begun(words: readonly string[], part: string): string[] {
  return words.filter((word) => word.startsWith(part)).sort();
}

/** Names that users give, in the lines that are printed of them: what a terminal would obey is spelled out. */

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** The text with its control characters and line ends escaped: a name of 'a\x1b[2J' does not clear the screen. */
export function printable(text: string): string {
  if (!OBEYED.test(text)) return text; // nearly always: and three times as fast
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** "task worker (#3)", for messages. */
export function taskTitle({ name, id }: { readonly name: string; readonly id: number }): string {
  return `task ${printable(name)} (#${id})`;
}

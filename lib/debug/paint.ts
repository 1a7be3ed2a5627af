/** Colours for terminals. Whether there are any is decided once for a text, not for each word. */
import type { styleText } from 'node:util';
import { builtin } from './builtin.js';

export type Format = Parameters<typeof styleText>[0];

/** Gives a word its colour, or leaves it alone. */
export type Paint = (format: Format, text: string) => string;

/** What may be written to, as far as it can tell whether it shows colours. */
interface Target {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** `color` undefined: as the terminal and the environment (NO_COLOR, FORCE_COLOR) say. */
export function painter(color: boolean | undefined, target: Target | undefined = stderr()): Paint {
  const util = (color ?? showsColors(target)) ? builtin('node:util') : undefined;
  if (util === undefined) return (_format, text) => text;
  // Newer versions of Node ask stdout by themselves, which is not what is written to here.
  return (format, text) => (text === '' ? '' : util.styleText(format, text, { validateStream: false }));
}

/** Whether what is written to `target` should be coloured. */
export function showsColors(target: Target | undefined = stderr()): boolean {
  if (target === undefined) return false;
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== 'false') return true;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return target.isTTY === true && target.hasColors?.() !== false;
}

function stderr(): Target | undefined {
  return typeof process === 'object' ? process.stderr : undefined;
}

/** What a command of the debugger is, and which one is meant by a word. */
import { InputError } from '../input-error.js';
import { nearest } from './nearest.js';
import type { Session } from './session.js';

export interface Command {
  readonly name: string;
  /** Other words for it, the short ones first. */
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly summary: string;
  /** What `help COMMAND` tells besides. */
  readonly details?: string;
  /** An empty line does it again. */
  readonly isRepeated?: boolean;
  /** What may stand behind it. */
  complete?(session: Session): readonly string[];
  /** @throws InputError for what cannot be done: a sentence, and the session goes on. */
  carryOut(session: Session, rest: string): void | Promise<void>;
}

/** @throws InputError for a word that is no command. */
export function findCommand(commands: readonly Command[], word: string): Command {
  const exact = commands.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (exact !== undefined) return exact;
  const begun = commands.filter(({ name }) => name.startsWith(word));
  const [only, second] = begun;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new InputError(`"${word}" may mean ${begun.map(({ name }) => name).join(' or ')}`);
  }
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw new InputError(`there is no command ${word}${hint}; help lists them`);
}

/** A number behind a command. @throws InputError if it is none. */
export function parseCount(text: string, absent: number, usage: string): number {
  if (text === '') return absent;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InputError(`"${text}" is no whole number: ${usage}`);
}

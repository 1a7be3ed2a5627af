/**
 * Breakpoints as they are typed. Conditions may follow one another; all of them must hold.
 *
 *     app.ts:12            a line of a source file          task NAME | ID       each step of a task
 *     12                   of the file that is shown        function NAME        where it is entered
 *     NAME                 a generator function             effect KIND          'sleep', 'sleep(300)', 'lock.acquire'
 *     cancel | spawn | error | exit                         what happens, to any task or to `task NAME`
 *     … if EXPRESSION      only if it is true, over the variables of the frame
 *
 * A name or kind between two slashes is a regular expression.
 */
import type { BreakpointConditions } from '../../debug/stepper/breakpoint.js';
import { InputError } from '../input-error.js';
import { compile } from './evaluate.js';
import { nearest } from './nearest.js';
import { showFile } from './show-file.js';

export interface TypedBreakpoint {
  readonly breakpoint: BreakpointConditions;
  readonly title: string;
  /** An expression. */
  readonly condition: string | undefined;
}

export const EVENTS = ['cancel', 'spawn', 'error', 'exit'] as const;
export const KEYS = ['task', 'function', 'effect'] as const;
const WORDS: readonly string[] = [...EVENTS, ...KEYS];

const LINE = /^(.*[./\\][^:]*):(\d+)(?::\d+)?$/;
const FUNCTION = /^#?[\p{ID_Start}$_][\p{ID_Continue}$.]*$/u;
const SHAPES = `${KEYS.map((key) => `${key} NAME`).join(', ')}, ${EVENTS.join(', ')}, FILE:LINE, LINE, FUNCTION`;

/**
 * @param here the file that is shown, for a line by its number only.
 * @throws InputError that says how a breakpoint is written.
 */
export function parseBreakpoint(text: string, here: string | undefined): TypedBreakpoint {
  const behind = /(?:^|\s)if(?:\s|$)/.exec(text);
  const place = text.slice(0, behind?.index);
  const condition = behind === null ? undefined : text.slice(behind.index + behind[0].length).trim();
  if (condition !== undefined) checkExpression(condition);
  const words = [...place.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(
    ([whole, double, single]) => double ?? single ?? whole,
  );
  const breakpoint = words.length === 0 ? {} : conditionsOf(words, here);
  if (Object.keys(breakpoint).length === 0) {
    throw new InputError(`a breakpoint is ${SHAPES}; an if comes behind one of these`);
  }
  return { breakpoint, condition, title: titleOf(words, breakpoint, condition) };
}

type Conditions = { -readonly [K in keyof BreakpointConditions]: BreakpointConditions[K] };

function conditionsOf(words: readonly string[], here: string | undefined): BreakpointConditions {
  const found: Conditions = {};
  const [first = ''] = words;
  let at = 0;
  if (!WORDS.includes(first)) {
    // A place comes first, other conditions behind it.
    Object.assign(found, placeOf(first, here));
    at = 1;
  }
  while (at < words.length) {
    const word = words[at++] as string;
    if (isEvent(word)) {
      set(found, 'on', word);
      continue;
    }
    if (!isKey(word)) throw new InputError(unknownWord(word));
    const begin = at;
    // A name may consist of words: it goes on to the next condition.
    while (at < words.length && (at === begin || !WORDS.includes(words[at] as string))) at++;
    const value = words.slice(begin, at).join(' ');
    if (value === '') throw new InputError(`${word} what? A name, or a /regular expression/, is missing`);
    setKey(found, word, value);
  }
  if (found.function !== undefined && found.on === undefined) found.on = 'enter';
  return found;
}

function setKey(found: Conditions, key: (typeof KEYS)[number], value: string): void {
  const matcher = matcherOf(value);
  const isId = typeof matcher === 'string' && /^#?\d+$/.test(matcher);
  if (key === 'task') set(found, key, isId ? Number(matcher.replace('#', '')) : matcher);
  else if (key === 'effect' && typeof matcher === 'string') set(found, key, effectPattern(matcher));
  else set(found, key, matcher);
}

/** 'lock' means 'lock.acquire' too, 'until' each 'until(promise)', and 'sleep(300)' that one. */
function effectPattern(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?!\\w)`);
}

function set<K extends keyof Conditions>(found: Conditions, key: K, value: Conditions[K]): void {
  if (found[key] !== undefined) {
    const names = key === 'on' ? `${String(found.on)} and ${String(value)}` : `two conditions ${key}`;
    throw new InputError(`${names} cannot hold at once: set two breakpoints`);
  }
  found[key] = value;
}

function placeOf(word: string, here: string | undefined): BreakpointConditions {
  const [, file, line] = LINE.exec(word) ?? [];
  if (file !== undefined) return { file, line: Number(line) };
  if (/^\d+$/.test(word)) {
    if (here !== undefined) return { file: here, line: Number(word) };
    throw new InputError(`line ${word} of which file? Write FILE:${word}, for no source is shown now`);
  }
  if (FUNCTION.test(word) || isPattern(word)) return { function: matcherOf(word) };
  throw new InputError(unknownWord(word));
}

function unknownWord(word: string): string {
  const near = nearest(word, WORDS);
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  return `"${word}" is no breakpoint${hint}: it is ${SHAPES}`;
}

function isEvent(word: string): word is (typeof EVENTS)[number] {
  return (EVENTS as readonly string[]).includes(word);
}

function isKey(word: string): word is (typeof KEYS)[number] {
  return (KEYS as readonly string[]).includes(word);
}

function isPattern(word: string): boolean {
  return /^\/.+\/[a-z]*$/s.test(word);
}

function matcherOf(word: string): string | RegExp {
  if (!isPattern(word)) return word;
  const end = word.lastIndexOf('/');
  try {
    return new RegExp(word.slice(1, end), word.slice(end + 1));
  } catch (error) {
    throw new InputError(`${word} is no regular expression: ${(error as Error).message}`);
  }
}

function checkExpression(condition: string): void {
  try {
    compile(condition);
  } catch (error) {
    throw new InputError(
      `behind if stands an expression, and "${condition}" is none: ${(error as Error).message}`,
    );
  }
}

/** As it was typed, but complete. */
function titleOf(
  words: readonly string[],
  { file, line, function: name }: BreakpointConditions,
  condition: string | undefined,
): string {
  const [first = '', ...others] = words;
  const isBare = !WORDS.includes(first);
  const place =
    isBare && file !== undefined
      ? `${showFile(file)}:${String(line)}`
      : isBare && name !== undefined
        ? `function ${first}`
        : first;
  const title = [place, ...others].join(' ').replaceAll(/(?<=\btask )(?=\d+\b)/g, '#');
  return condition === undefined ? title : `${title} if ${condition}`;
}

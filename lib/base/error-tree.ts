/**
 * An error as a tree: under a group its errors, under an error its cause.
 *
 *     ExceptionGroup: 2 errors in a task group
 *     ├─ Error: no such user
 *     │      at fetchUser (app.ts:12:9)
 *     │      … 6 frames of treadle
 *     │      in task fetchUser (#3), spawned by task main (#1)
 *     ╰─ ExceptionGroup: 1 error in a task group
 *        ╰─ RangeError: too many
 *           ╰─ cause: Error: connection lost
 *
 * The reader is a person, so there are limits: an error that is there twice is shown once; groups of one error, one
 * in another, are folded; what lies too deep is counted. And errors come from anywhere: they may nest thousands
 * deep, hold themselves, be no errors at all, or throw when they are looked at. The walk has a stack of its own.
 */
import { describe } from './durations.js';
import { foldFrames, readStack, type StackText } from './stack-text.js';

/** Levels that are shown. */
const DEEPEST = 24;
/** Errors that are shown. */
const MOST = 1000;
/** Groups of one error, one in another, from which on they are folded. */
const CHAIN = 4;
/** Errors that are counted, of those which are not shown. */
const COUNTED = 100_000;
/** Properties of an error that are shown, and characters of each. */
const PROPERTIES = 8;
const LONGEST_VALUE = 80;

/** How the parts of an error are shown. */
export interface ErrorStyle {
  /** The name and message. */
  head(text: string, error: unknown): string;
  /** The lines below: frames, the path of the task, whatever else is known. */
  details(error: Error, stack: StackText): string[];
  /** What is not of the errors: the branches, "shown above", counts. */
  aside(text: string): string;
}

const PLAIN: ErrorStyle = {
  head: (text) => text,
  details: (error, stack) => [
    ...foldFrames(stack),
    ...propertiesOf(error),
    ...(stack.trail === undefined ? [] : [stack.trail]),
  ],
  aside: (text) => text,
};

/** An error that is to be shown, and the branches it hangs on. */
interface Item {
  readonly error: unknown;
  readonly label: string;
  /** What stands before its first line, and before the others. */
  readonly first: string;
  readonly rest: string;
  readonly depth: number;
}

type Child = readonly [label: string, error: unknown];

/** The text of an error, or of anything else that was thrown. */
export function formatErrorTree(error: unknown, style: ErrorStyle = PLAIN): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  const items: Item[] = [{ error, label: '', first: '', rest: '', depth: 0 }];
  let shown = 0;
  for (let item = items.pop(); item !== undefined; item = items.pop()) {
    if (shown++ === MOST) {
      lines.push(item.rest + style.aside(`… and ${items.length + 1} more errors`));
      break;
    }
    show(item, lines, seen, style, items);
  }
  return lines.join('\n');
}

function show(item: Item, lines: string[], seen: Set<unknown>, style: ErrorStyle, items: Item[]): void {
  const { error, rest } = item;
  const put = (text: string[]): void => {
    const all = text.flatMap((entry) => entry.split('\n'));
    lines.push(...all.map((line, at) => (at === 0 ? item.first + style.aside(item.label) : rest) + line));
  };
  if (!isError(error)) {
    put([style.head(`(thrown, not an Error) ${describe(error)}`, error)]);
    return;
  }
  const stack = readStack(error);
  if (seen.has(error)) {
    put([`${style.head(stack.head, error)} ${style.aside('(shown above)')}`]);
    return;
  }
  seen.add(error);
  put([style.head(stack.head, error), ...style.details(error, stack)]);
  let children = childrenOf(error);
  if (children.length === 0) return;
  if (item.depth === DEEPEST) {
    lines.push(rest + style.aside(`╰─ … ${below(children, seen)}`));
    return;
  }
  const [chain, end] = chainBelow(children, seen);
  if (chain.length >= CHAIN) {
    for (const group of chain) seen.add(group);
    lines.push(rest + style.aside(`│  … ${chain.length} groups of one error each, one in another`));
    children = [['', end]];
  }
  for (let at = children.length - 1; at >= 0; at--) {
    const [label, child] = children[at] as Child;
    const isLast = at === children.length - 1;
    items.push({
      error: child,
      label,
      first: rest + style.aside(isLast ? '╰─ ' : '├─ '),
      rest: rest + style.aside(isLast ? '   ' : '│  '),
      depth: item.depth + 1,
    });
  }
}

/** Also an error of another realm: `instanceof` would not know it. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/** What errors that hold errors may have. */
interface Holder extends Error {
  readonly errors?: unknown;
  readonly error?: unknown;
  readonly suppressed?: unknown;
  readonly reason?: unknown;
}

/** The errors that an error holds: those of a group, what a `using` suppressed, the cause. */
function childrenOf(error: Error): Child[] {
  const children: Child[] = [];
  try {
    const { errors, suppressed, cause, reason } = error as Holder;
    const isCancelled = error.name === 'Cancelled'; // by its name: its class stands on this file
    if (Array.isArray(errors)) for (const child of errors) children.push(['', child]);
    if ('suppressed' in error) {
      children.push(['error: ', (error as Holder).error], ['suppressed: ', suppressed]);
    }
    if (cause !== undefined) children.push(['cause: ', cause]);
    if (isCancelled && isError(reason) && reason !== cause) children.push(['reason: ', reason]);
  } catch {
    // A getter of the user's has thrown: what has been found so far is shown.
  }
  return children;
}

/** The groups of one error in which the only child lies, and what the innermost of them holds. */
function chainBelow(children: readonly Child[], seen: ReadonlySet<unknown>): [unknown[], unknown] {
  const chain = new Set<unknown>();
  let end: unknown;
  let below = children;
  while (below.length === 1) {
    const [label, child] = below[0] as Child;
    end = child;
    if (label !== '' || !isError(child) || seen.has(child) || chain.has(child)) break;
    const next = childrenOf(child);
    if (next.length !== 1 || next[0]?.[0] !== '') break;
    chain.add(child);
    below = next;
  }
  return [[...chain], end];
}

/** "19977 errors nested deeper, the innermost: Error: connection lost". */
function below(children: readonly Child[], seen: ReadonlySet<unknown>): string {
  const found = new Set<unknown>(children.map(([, child]) => child));
  let innermost: unknown;
  for (const error of found) {
    innermost = error;
    if (found.size < COUNTED && isError(error) && !seen.has(error)) {
      for (const [, child] of childrenOf(error)) found.add(child);
    }
  }
  const count = found.size < COUNTED ? found.size : `more than ${COUNTED}`;
  const errors = found.size === 1 ? '1 error' : `${count} errors`;
  return `${errors} nested deeper, the innermost: ${describe(innermost)}`;
}

/** Properties that are shown in another way. */
const KNOWN = ['name', 'message', 'stack', 'cause', 'errors'];

/** "    with code: 'ENOENT', syscall: 'open'": what else an error carries. No getter is called. */
export function propertiesOf(error: Error): string[] {
  const shown: string[] = [];
  try {
    const known = new Set(KNOWN);
    if (error.name === 'Cancelled') known.add('reason'); // its message tells it
    if ('suppressed' in error) known.add('suppressed').add('error');
    for (const [key, { value, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
      if (enumerable !== true || known.has(key) || value === undefined) continue; // a getter has no value here
      if (shown.length === PROPERTIES) {
        shown.push('…');
        break;
      }
      shown.push(`${key}: ${shortly(value)}`);
    }
  } catch {
    // A proxy that does not let itself be looked at.
  }
  return shown.length === 0 ? [] : [`    with ${shown.join(', ')}`];
}

function shortly(value: unknown): string {
  if (typeof value !== 'string') return describe(value);
  return JSON.stringify(value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE - 1)}…` : value);
}

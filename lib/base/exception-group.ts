/**
 * Several errors that arose together, as one. Semantics: Python's `ExceptionGroup` (PEP 654): groups nest,
 * `split` and `subgroup` keep the nesting, and the leaves are the errors themselves.
 */
import { describe } from './durations.js';
import { withoutStack } from './errors.js';

// biome-ignore lint/suspicious/noExplicitAny: a class may take any arguments; unknown[] would refuse most classes.
export type ErrorClass<E> = abstract new (...args: any[]) => E;

/** A group all of whose leaves are E. */
export type ExceptionGroupOf<E> = Omit<ExceptionGroup, 'errors' | 'leaves'> & {
  readonly errors: (E | ExceptionGroupOf<E>)[];
  leaves(): E[];
};

type Match = ErrorClass<unknown> | ((error: unknown) => boolean);

/**
 * What a task group throws: every error of its body and children, in the order in which they arose.
 *
 * @example
 *     try {
 *       yield* taskGroup(function* (tg) { … });
 *     } catch (error) {
 *       except(error, [RangeError, (group) => console.log(group.leaves())]);
 *     }
 */
export class ExceptionGroup extends AggregateError {
  override get name(): string {
    return 'ExceptionGroup';
  }
  declare readonly errors: unknown[];
  #isSorted = false;

  constructor(errors: Iterable<unknown>, message?: string, options?: ErrorOptions) {
    const list = [...errors];
    if (list.length === 0)
      throw new RangeError('an ExceptionGroup holds at least one error; an empty one was asked for');
    super(list, message ?? summary(list), options);
  }

  /**
   * Parts the group in two: what matches and the rest. Either is undefined when it would be empty; nesting is kept.
   * A class matches errors that are instances of it; a predicate is asked about each error, groups included.
   */
  split<E>(
    match: (error: unknown) => error is E,
  ): [ExceptionGroupOf<E> | undefined, ExceptionGroup | undefined];
  split(match: (error: unknown) => boolean): [ExceptionGroup | undefined, ExceptionGroup | undefined];
  split<E extends Error>(match: ErrorClass<E>): [ExceptionGroupOf<E> | undefined, ExceptionGroup | undefined];
  split(match: Match): [ExceptionGroup | undefined, ExceptionGroup | undefined] {
    return this.part(predicateOf(match));
  }

  /** The part of the group that matches, with its nesting, or undefined. */
  subgroup<E>(match: (error: unknown) => error is E): ExceptionGroupOf<E> | undefined;
  subgroup(match: (error: unknown) => boolean): ExceptionGroup | undefined;
  subgroup<E extends Error>(match: ErrorClass<E>): ExceptionGroupOf<E> | undefined;
  subgroup(match: Match): ExceptionGroup | undefined {
    return this.part(predicateOf(match))[0];
  }

  /** @internal Says that no live cancellation is among the leaves: so it is with the groups that task groups throw. */
  markSorted(): this {
    this.#isSorted = true;
    return this;
  }

  /** @internal The group without the leaves that match, or undefined if none is left; quick for a sorted one. */
  without(match: (leaf: unknown) => boolean): ExceptionGroup | undefined {
    return this.#isSorted
      ? this
      : this.part((error) => !(error instanceof ExceptionGroup) && match(error))[1];
  }

  /** The errors that are not groups, from all levels, in order. */
  leaves(): unknown[] {
    const leaves: unknown[] = [];
    const left = [this.errors.values()]; // a stack of its own: groups may nest deeper than JavaScript calls
    for (let errors = left.at(-1); errors !== undefined; errors = left.at(-1)) {
      const { value, done } = errors.next();
      if (done === true) left.pop();
      else if (value instanceof ExceptionGroup) left.push(value.errors.values());
      else leaves.push(value);
    }
    return leaves;
  }

  private part(
    matches: (error: unknown) => boolean,
  ): [ExceptionGroup | undefined, ExceptionGroup | undefined] {
    if (matches(this)) return [this, undefined];
    const hits: unknown[] = [];
    const rest: unknown[] = [];
    for (const error of this.errors) {
      if (error instanceof ExceptionGroup) {
        const [hit, other] = error.part(matches);
        if (hit !== undefined) hits.push(hit);
        if (other !== undefined) rest.push(other);
      } else if (matches(error)) hits.push(error);
      else rest.push(error);
    }
    return [this.derive(hits), this.derive(rest)];
  }

  /** A group like this one with other errors: same message, cause and stack; this very group when nothing was left out. */
  private derive(errors: unknown[]): ExceptionGroup | undefined {
    if (errors.length === 0) return undefined;
    if (errors.length === this.errors.length && errors.every((error, at) => error === this.errors[at]))
      return this;
    const options = Object.hasOwn(this, 'cause') ? { cause: this.cause } : undefined;
    const group = withoutStack(() => new ExceptionGroup(errors, this.message, options));
    if (this.stack !== undefined)
      Object.defineProperty(group, 'stack', { value: this.stack, writable: true, configurable: true });
    return group;
  }

  /** Node's `console.error(group)` prints the group as a tree. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return formatErrorTree(this);
  }
}

/** True for a class, which `new` accepts and which is no ordinary function: those have a writable `prototype` or none. */
function predicateOf(match: Match): (error: unknown) => boolean {
  if (typeof match !== 'function') {
    throw new TypeError('split, subgroup and except match by an error class or a predicate function');
  }
  const isClass = match === Error || match.prototype instanceof Error || isClassSyntax(match);
  return isClass ? (error) => error instanceof match : (match as (error: unknown) => boolean);
}

function isClassSyntax(fn: Match): boolean {
  return Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false;
}

function summary(errors: readonly unknown[]): string {
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return `${count} in a task group`;
}

/**
 * An error as a tree: a group's children hang under it, each with its stack and its cause.
 *
 *     ExceptionGroup: 2 errors in a task group
 *     ├─ Error: no such user
 *     │      at fetchUser (app.ts:12:9)
 *     ╰─ ExceptionGroup: 1 error in a task group
 *        ╰─ RangeError: too many
 */
export function formatErrorTree(error: unknown): string {
  return tree(error, new Set()).join('\n');
}

function tree(error: unknown, seen: Set<unknown>): string[] {
  if (!(error instanceof Error)) return [`(thrown, not an Error) ${describe(error)}`];
  if (seen.has(error)) return [`${error.name}: ${error.message} (shown above)`];
  seen.add(error);
  const lines = userFrames(error.stack ?? `${error.name}: ${error.message}`);
  const children: [label: string, error: unknown][] = [];
  if (error instanceof AggregateError) for (const child of error.errors) children.push(['', child]);
  if (error.cause !== undefined) children.push(['cause: ', error.cause]);
  children.forEach(([label, child], at) => {
    const last = at === children.length - 1;
    const [first = '', ...rest] = tree(child, seen);
    lines.push(`${last ? '╰─ ' : '├─ '}${label}${first}`);
    for (const line of rest) lines.push(`${last ? '   ' : '│  '}${line}`);
  });
  return lines;
}

/** The folder of the engine's own files (or of its bundle), as stack traces show it. */
const ENGINE = import.meta.url.replace(/(base\/)?[^/]*$/, '').replace(/^file:\/\//, '');
const ENGINE_FRAME = /^ {4}at (?:.*\(node:|node:|.*\.(?:next|throw) \(<anonymous>\))/;

/** The lines of a stack without the frames of the engine and of Node: who reads a tree looks for their own. */
function userFrames(stack: string): string[] {
  const lines = stack.split('\n');
  return lines.filter(
    (line) => !(line.startsWith('    at ') && (line.includes(ENGINE) || ENGINE_FRAME.test(line))),
  );
}

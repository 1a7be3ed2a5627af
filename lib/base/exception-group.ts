/**
 * Several errors that arose together, as one. Semantics: Python's `ExceptionGroup` (PEP 654): groups nest,
 * `split` and `subgroup` keep the nesting, and the leaves are the errors themselves.
 */
import { formatErrorTree } from './error-tree.js';
import { nameErrors, withoutStack } from './errors.js';
import { type Visit, Walk } from './group-walk.js';

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
  static {
    nameErrors(ExceptionGroup, 'ExceptionGroup');
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

  /** @internal The group with each leaf as `fn` gives it; this very group if all stay what they are. */
  replaced(fn: (leaf: unknown) => unknown): ExceptionGroup {
    if (this.#isSorted) return this;
    const into = new Map<unknown, unknown>();
    for (const leaf of this.leaves()) {
      const other = fn(leaf);
      if (other !== leaf) into.set(leaf, other);
    }
    return into.size === 0 ? this : this.rebuilt(into);
  }

  /** The errors that are not groups, from all levels, in order. */
  leaves(): unknown[] {
    const leaves: unknown[] = [];
    const walk = new Walk<ExceptionGroup>(this);
    for (let visit = walk.top; visit !== undefined; visit = walk.top) {
      if (visit.isOver) walk.leave();
      else {
        const error = visit.next();
        if (error instanceof ExceptionGroup) walk.enter(error);
        else leaves.push(error);
      }
    }
    return leaves;
  }

  private rebuilt(into: Map<unknown, unknown>): ExceptionGroup {
    const walk = new Walk<ExceptionGroup>(this);
    for (let visit = walk.top; visit !== undefined; visit = walk.top) {
      if (visit.isOver) {
        // The innermost first: when it is a group's turn, into what its errors turn is known.
        const { group } = visit;
        into.set(
          group,
          group.derive(group.errors.map((error) => (into.has(error) ? into.get(error) : error))),
        );
        walk.leave();
      } else {
        const error = visit.next();
        if (error instanceof ExceptionGroup && !into.has(error)) walk.enter(error);
      }
    }
    return into.get(this) as ExceptionGroup;
  }

  private part(
    matches: (error: unknown) => boolean,
  ): [ExceptionGroup | undefined, ExceptionGroup | undefined] {
    if (matches(this)) return [this, undefined];
    const walk = new Walk<ExceptionGroup>(this);
    /** What matches and what does not, of each group on the way. */
    const parts: [hits: unknown[], rest: unknown[]][] = [[[], []]];
    for (;;) {
      const visit = walk.top as Visit<ExceptionGroup>;
      const [hits, rest] = parts.at(-1) as [unknown[], unknown[]];
      if (visit.isOver) {
        const hit = visit.group.derive(hits);
        const other = visit.group.derive(rest);
        walk.leave();
        parts.pop();
        const outer = parts.at(-1);
        if (outer === undefined) return [hit, other];
        if (hit !== undefined) outer[0].push(hit);
        if (other !== undefined) outer[1].push(other);
      } else {
        const error = visit.next();
        if (matches(error)) hits.push(error);
        else if (!(error instanceof ExceptionGroup)) rest.push(error);
        else if (walk.enter(error)) parts.push([[], []]);
      }
    }
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

/**
 * Calls on the task's own frame stack. Native `yield*` delegation passes each resumption through every generator
 * in between (27 ns a level) and recursion through it ends at the JavaScript stack's limit; a frame pushed by
 * `call` costs nothing while it waits, and depth is limited by the heap.
 */
import { Effect, KIND } from './effect.js';
import { CallFrame } from './frame.js';
import { type EffectKind, makeEffect } from './kind.js';
import { adoptResult, type Body } from './operation.js';
import { LIST, NONE, ONE } from './stages.js';
import type { Engine, Task } from './task.js';

type AnyBody = Body<unknown[], unknown>;

/**
 * The kind of `call`, and of each function that `coroutine` has made: those know their name. A call with one
 * argument, as most are, carries it as it is: no array is made of it.
 */
class CallKind implements EffectKind<AnyBody, unknown> {
  readonly name = 'call';
  /** The name given to `coroutine`; undefined: that of the function. */
  private readonly label: { readonly name: string } | undefined;
  private readonly form: number;
  /** What its user calls it, for errors. */
  private readonly where: string;

  constructor(label: { readonly name: string } | undefined, form: number, where: string) {
    this.label = label;
    this.form = form;
    this.where = where;
  }

  perform(task: Task, _loop: Engine, effect: { a: AnyBody; b: unknown }): boolean {
    const { a: fn, b: args } = effect;
    const { form } = this;
    const operation = form === ONE ? fn(args) : form === NONE ? fn() : fn(...(args as unknown[]));
    const iterator = adoptResult(operation, fn, this.where);
    task.frame = new CallFrame(iterator, task.frame, this.label ?? fn);
    return true;
  }

  describe(effect: { a: AnyBody }): string {
    return `call ${this.labelOf(effect).name || '(anonymous)'}`;
  }

  labelOf(effect: { a: AnyBody }): { readonly name: string } {
    return this.label ?? effect.a;
  }
}

/** The kinds of one function made by `coroutine`, or of `call`: one a form. */
class CallKinds {
  private readonly none: CallKind;
  private readonly one: CallKind;
  private readonly list: CallKind;

  constructor(label: { readonly name: string } | undefined, where: string) {
    this.none = new CallKind(label, NONE, where);
    this.one = new CallKind(label, ONE, where);
    this.list = new CallKind(label, LIST, where);
  }

  effect<T>(fn: AnyBody, args: unknown[]): Effect<T> {
    if (args.length === 1) return makeEffect<T, AnyBody, unknown>(this.one, fn, args[0]);
    if (args.length === 0) return makeEffect<T, AnyBody, unknown>(this.none, fn, undefined);
    return makeEffect<T, AnyBody, unknown>(this.list, fn, args);
  }
}

const CALL = new CallKinds(undefined, 'call()');

/** What a task made of this operation is named after; null if that is nothing. */
export function labelOf(operation: object): { readonly name: string } | null {
  if (!(operation instanceof Effect)) return null;
  const kind = operation[KIND];
  return kind instanceof CallKind ? kind.labelOf(operation as unknown as { a: AnyBody }) : null;
}

function checkFunction(fn: unknown, what: string): void {
  if (typeof fn === 'function') return;
  throw new TypeError(
    `${what} takes a generator function and its arguments: pass the function itself, do not call it`,
  );
}

/**
 * Runs a coroutine on the task's own frame stack and gives what it returns. Use it for deep or recursive calls:
 * resuming a task stays O(1) in the depth, and the depth is limited by the heap alone. For shallow calls plain
 * `yield* fn(…)` is cheaper.
 *
 * Not a checkpoint: `fn` starts at once. Its errors, and Cancelled, pass through to the caller.
 *
 * @throws TypeError if `fn` is no function, or gives no operation.
 * @example
 *     function* depth(node: Node): Coroutine<number> {
 *       return node.below === null ? 1 : 1 + (yield* call(depth, node.below));
 *     }
 */
export function call<A extends unknown[], T>(fn: Body<A, T>, ...args: A): Effect<T> {
  checkFunction(fn, 'call(fn, ...args)');
  return CALL.effect<T>(fn as unknown as AnyBody, args);
}

/**
 * `call` for a function that was given to something else: an error about what it gives names `where`, the call that
 * the user wrote.
 */
export function callFor(where: string): typeof call {
  const kinds = new CallKinds(undefined, where);
  return (fn, ...args) => kinds.effect(fn as unknown as AnyBody, args);
}

/**
 * Makes of a generator function one whose calls are `call` effects: `yield* walk(3)` then does what
 * `yield* call(walk, 3)` does, recursive calls included.
 *
 * @param name What tasks, frames and error messages call it; the function's own name when absent.
 * @example
 *     const walk = coroutine('walk', function* (n: number): Coroutine<number> {
 *       return n === 0 ? 0 : 1 + (yield* walk(n - 1));
 *     });
 */
export function coroutine<A extends unknown[], T>(fn: Body<A, T>): (...args: A) => Effect<T>;
export function coroutine<A extends unknown[], T>(name: string, fn: Body<A, T>): (...args: A) => Effect<T>;
export function coroutine<A extends unknown[], T>(
  nameOrFn: string | Body<A, T>,
  fnOrNothing?: Body<A, T>,
): (...args: A) => Effect<T> {
  const fn = typeof nameOrFn === 'string' ? fnOrNothing : nameOrFn;
  checkFunction(fn, 'coroutine(fn) or coroutine(name, fn)');
  const label = typeof nameOrFn === 'string' ? { name: nameOrFn } : undefined;
  const kinds = new CallKinds(label, 'coroutine(fn)');
  const body = fn as unknown as AnyBody;
  const made = (...args: A): Effect<T> => kinds.effect<T>(body, args);
  Object.defineProperty(made, 'name', { value: label?.name ?? body.name, configurable: true });
  return made;
}

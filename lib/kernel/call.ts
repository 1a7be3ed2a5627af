/**
 * Calls on the task's own frame stack. Native `yield*` delegation passes each resumption through every generator
 * in between (27 ns a level) and recursion through it ends at the JavaScript stack's limit; a frame pushed by
 * `call` costs nothing while it waits, and depth is limited by the heap.
 */
import { Effect, KIND } from './effect.js';
import { CallFrame } from './frame.js';
import { type EffectKind, makeEffect } from './kind.js';
import { adoptResult, type Body } from './operation.js';
import type { Engine, Task } from './task.js';

type AnyBody = Body<unknown[], unknown>;

function enter(task: Task, fn: AnyBody, args: unknown[], label: { readonly name: string }): true {
  // Spreading costs a builtin call; nearly all calls have few arguments.
  let operation: unknown;
  switch (args.length) {
    case 0:
      operation = fn();
      break;
    case 1:
      operation = fn(args[0]);
      break;
    case 2:
      operation = fn(args[0], args[1]);
      break;
    default:
      operation = fn(...args);
  }
  const iterator = adoptResult(operation, fn, 'call()');
  task.frame = new CallFrame(task, label);
  task.iterator = iterator;
  return true;
}

/** The kind of `call`, and of each function that `coroutine` has made: those know their name. */
class CallKind implements EffectKind<AnyBody, unknown[]> {
  readonly name: string;
  /** The name given to `coroutine`; undefined: that of the function. */
  private readonly label: { readonly name: string } | undefined;

  constructor(name: string, label: { readonly name: string } | undefined) {
    this.name = name;
    this.label = label;
  }

  perform(task: Task, _loop: Engine, effect: { a: AnyBody; b: unknown[] }): boolean {
    return enter(task, effect.a, effect.b, this.label ?? effect.a);
  }

  describe(effect: { a: AnyBody; b: unknown[] }): string {
    return `${this.name} ${this.labelOf(effect).name || '(anonymous)'}`;
  }

  labelOf(effect: { a: AnyBody }): { readonly name: string } {
    return this.label ?? effect.a;
  }
}

const CALL = new CallKind('call', undefined);

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
  return makeEffect<T, AnyBody, unknown[]>(CALL, fn as unknown as AnyBody, args);
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
  const kind = new CallKind('call', label);
  const body = fn as unknown as AnyBody;
  const made = (...args: A): Effect<T> => makeEffect<T, AnyBody, unknown[]>(kind, body, args);
  Object.defineProperty(made, 'name', { value: label?.name ?? body.name, configurable: true });
  return made;
}

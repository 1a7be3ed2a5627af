/**
 * What the helpers that take several operations have in common: checking them all before any begins, spawning
 * them, and the types of their results.
 *
 * A coroutine object can run once. If one of the operations is bad, none may be marked as used: the caller fixes
 * the mistake and passes the same objects again. So checking (`checkOperation`) and taking (`adopt`, in
 * `createTask`) are two passes, and both happen when the effect is yielded; at the call they are checked too,
 * so that the error points at the call.
 */
import { describe } from '../base/durations.js';
import { labelOf } from '../kernel/call.js';
import type { Operation } from '../kernel/effect.js';
import { checkOperation } from '../kernel/operation.js';

/** What an operation gives. */
export type Result<O> = O extends Operation<infer T> ? T : never;
/** What each of several operations gives, place by place. */
export type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: Result<T[K]> };

/** The operations of a helper that takes an array of them: a checked copy. */
export function checkList(operations: readonly Operation<unknown>[], helper: string): Operation<unknown>[] {
  if (!Array.isArray(operations)) {
    throw new TypeError(
      `${helper}(operations) takes an array of operations, as in ${helper}([a(), b()]), not ${describe(operations)}`,
    );
  }
  const list = [...operations];
  checkAll(list, helper);
  return list;
}

/** Refuses a list with something in it that cannot be run, and takes none of it. */
export function checkAll(operations: readonly unknown[], helper: string): void {
  const coroutines = new Set<unknown>();
  operations.forEach((operation, index) => {
    const where = `${helper}(), at index ${index},`;
    if (!checkOperation(operation, where)) return;
    if (coroutines.has(operation)) {
      throw new TypeError(
        `${where} was given a coroutine object that stands in the list before: it can run only once; ` +
          'call its generator function again for a new one',
      );
    }
    coroutines.add(operation);
  });
}

/** What the task of an operation is called: what the operation says, else its place in the helper's list. */
export function nameOf(operation: Operation<unknown>, helper: string, index: number): string {
  return labelOf(operation)?.name || `${helper}[${index}]`;
}

/** Python's `except*` for JavaScript: see `except`. */

import { isCancelled } from './cancelled.js';
import { withoutStack } from './errors.js';
import { type ErrorClass, ExceptionGroup, type ExceptionGroupOf } from './exception-group.js';
import { disown, isThenable } from './thenable.js';

type Clause<E> = readonly [type: ErrorClass<E>, handler: (group: ExceptionGroupOf<E>) => void];

/**
 * Handles an error by type, groups included. Each clause gets the sub-group of what it matches (a lone error is
 * handed over as a group of one); an error goes to the first clause that matches it. What no clause matched is
 * thrown again, and so is what the handlers throw: one error as itself, several as an `ExceptionGroup`.
 *
 * `Cancelled` is never matched: it is thrown on, whatever the clauses say.
 *
 * @example
 *     try {
 *       yield* taskGroup(body);
 *     } catch (error) {
 *       except(error, [TimeoutError, (group) => log(group.leaves())], [Error, (group) => report(group)]);
 *     }
 *
 * @throws what no clause matched, and what handlers threw.
 * Semantics: Python's `except*` (PEP 654).
 */
export function except<const E extends readonly unknown[]>(
  error: unknown,
  ...clauses: { [K in keyof E]: Clause<E[K]> }
): void {
  if (isCancelled(error)) throw error;
  const lone = !(error instanceof ExceptionGroup);
  let rest: ExceptionGroup | undefined = lone ? withoutStack(() => new ExceptionGroup([error])) : error;
  const thrown: unknown[] = [];
  for (const [type, handler] of clauses as readonly Clause<unknown>[]) {
    if (rest === undefined) break;
    const matches = (candidate: unknown): boolean =>
      !isCancelled(candidate) &&
      !(candidate instanceof ExceptionGroup && !isGroupClass(type)) &&
      candidate instanceof type;
    const parts: [ExceptionGroup | undefined, ExceptionGroup | undefined] = rest.split(matches);
    rest = parts[1];
    if (parts[0] === undefined) continue;
    try {
      checkHandled(handler(parts[0] as ExceptionGroupOf<unknown>), parts[0]);
    } catch (failure) {
      thrown.push(failure);
    }
  }
  if (rest !== undefined) thrown.push(lone ? error : rest);
  if (thrown.length === 1) throw thrown[0];
  if (thrown.length > 1)
    throw new ExceptionGroup(thrown, 'errors of handlers, and what no clause of except() matched');
}

/** A handler that has only begun has handled nothing, and the errors it was given would be lost. */
function checkHandled(given: unknown, group: ExceptionGroup): void {
  const isCoroutine = Object.prototype.toString.call(given) === '[object Generator]';
  if (!isCoroutine && !isThenable(given)) return;
  disown(given);
  throw new TypeError(
    `a handler of except() is a plain function, and this one is ${isCoroutine ? 'a function*' : 'async'}: ` +
      'let it keep the group, and wait behind except()',
    { cause: group },
  );
}

/** A clause for Error would match a whole group by its class; groups are matched leaf by leaf unless asked for. */
function isGroupClass(type: ErrorClass<unknown>): boolean {
  return type === ExceptionGroup || type.prototype instanceof ExceptionGroup;
}

/** A resource for as long as a body runs. */

import { describe } from '../base/durations.js';
import { isThenable } from '../base/thenable.js';
import { until } from '../interop/until.js';
import { callFor, coroutine } from '../kernel/call.js';
import { checkBody } from '../kernel/cancel-scope.js';
import { type Coroutine, Effect, type Operation } from '../kernel/effect.js';
import { adopt, checkOperation, isGenerator } from '../kernel/operation.js';
import { Task } from '../kernel/task.js';
import { type Cleanup, deferring } from './defer.js';

/** What knows how to clean up after itself, in any of the ways that JavaScript has. */
export type Releasable = Disposable | AsyncDisposable | { close(): unknown };

type Release = (this: void, resource: unknown) => unknown;
type UseBody = (this: void, resource: unknown) => Operation<unknown>;

const callBody = callFor('use(resource, body)');

function* useInside(
  acquiring: Coroutine<unknown>,
  body: UseBody,
  release: Release | undefined,
  defer: (cleanup: Cleanup) => void,
): Coroutine<unknown> {
  const resource = yield* acquiring;
  const letGo = release === undefined ? closerOf(resource) : () => release(resource);
  let hasReturned = false;
  defer(() => finish(letGo(hasReturned)));
  const value = yield* callBody(body, resource);
  hasReturned = true;
  return value;
}

const runUse = coroutine(
  'use',
  function* (acquire: Operation<unknown>, body: UseBody, release: Release | undefined): Coroutine<unknown> {
    const acquiring = adopt(acquire, 'use()');
    // An arrow function: V8 makes a hidden class for each function* object that is called, which takes 1.5 µs.
    return yield* deferring((defer) => useInside(acquiring, body, release, defer));
  },
);

const CLEAN_UP = 'the clean-up of use()';

/** What releasing has given is waited for, if it is something to wait for. */
function* finish(given: unknown): Coroutine<void> {
  if (typeof given !== 'object' || given === null) return;
  if (isThenable(given)) yield* until(given);
  // Not whatever can be iterated: a plain function may give an array, say, which is no operation.
  else if (given instanceof Effect || given instanceof Task || isGenerator(given))
    yield* adopt(given, CLEAN_UP);
}

/**
 * How a resource is released. `close` can wait, as a stream does for what it has still to flush, and `Symbol.dispose`
 * cannot: what has both is closed if the body has returned, and disposed of if that failed or was cancelled.
 */
function closerOf(resource: unknown): (hasReturned: boolean) => unknown {
  if (typeof resource === 'object' && resource !== null) {
    const { close } = resource as { close?: () => unknown };
    if (Symbol.asyncDispose in resource) return () => (resource as AsyncDisposable)[Symbol.asyncDispose]();
    const canClose = typeof close === 'function';
    if (Symbol.dispose in resource)
      return (hasReturned) =>
        canClose && hasReturned ? close.call(resource) : (resource as Disposable)[Symbol.dispose]();
    if (canClose) return () => close.call(resource);
  }
  throw new TypeError(
    `use(resource, body) got ${describe(resource)}, which has no Symbol.asyncDispose, Symbol.dispose or close(): ` +
      'pass a third argument that releases it',
  );
}

/**
 * Acquires a resource, runs `body` with it, and releases it, however the body ended. Releasing is shielded from
 * cancellation; clean-ups that the body defers run before it. Gives what the body returns.
 *
 * Once `acquire` has given the resource it is released for sure: no cancellation comes in between. Without a
 * `release` the resource's own `[Symbol.asyncDispose]`, `[Symbol.dispose]` or `close` is called; what it gives,
 * a promise or an operation, is waited for. What has the latter two is closed if the body returned, so that a stream
 * flushes, and else disposed of.
 *
 * A checkpoint where `acquire`, `body` or the release is one.
 *
 * @throws what acquiring, the body or the release threw; if several did, an ExceptionGroup of them.
 * @throws TypeError if `acquire` is no operation, or nobody knows how to release what it gave.
 * @throws Cancelled if the surrounding scope is cancelled.
 * @example
 *     const rows = yield* use(pool.connect(), (connection) => connection.query('…'));
 * Semantics: Python's `async with`, Effection's `resource`.
 */
export function use<T extends Releasable, R>(
  acquire: Operation<T>,
  body: (this: void, resource: T) => Operation<R>,
): Effect<R>;
export function use<T, R>(
  acquire: Operation<T>,
  body: (this: void, resource: T) => Operation<R>,
  release: (this: void, resource: T) => unknown,
): Effect<R>;
export function use(acquire: Operation<unknown>, body: UseBody, release?: Release): Effect<unknown> {
  checkOperation(acquire, 'use(resource, body)');
  checkBody(body, 'use(resource, body)');
  if (release !== undefined) checkBody(release, 'use(resource, body, release)');
  return runUse(acquire, body, release);
}

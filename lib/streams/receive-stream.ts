/** What every object stream's ends offer, whatever is behind them. */
import { describe } from '../base/durations.js';
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { adoptResult } from '../kernel/operation.js';

/** The end that items come out of. */
export interface ReceiveStream<out T> {
  /** The next item; throws EndOfStream when there will be none. */
  receive(this: this): Effect<T>;
  /** The next item as an iterator result: the end is a value, not an error. */
  next(this: this): Effect<IteratorResult<T, undefined>>;
  /** Runs `body` for each item, one after the other, until the end. */
  forEach(this: this, body: (this: void, item: T) => Operation<unknown>): Effect<void>;
}

/** The end that items are put into. */
export interface SendStream<in T> {
  send(this: this, item: T): Effect<void>;
}

/** Closing is a plain call where it cannot block, and an effect where it flushes or waits for a partner. */
export interface Closable {
  close(): Effect<void> | void;
}

type ForEachBody<T> = (this: void, item: T) => Operation<unknown>;

function* forEachReceived<T>(stream: ReceiveStream<T>, body: ForEachBody<T>): Coroutine<void> {
  for (;;) {
    const result = yield* stream.next();
    if (result.done) return;
    yield* adoptResult(body(result.value), body, 'the body of forEach()');
  }
}

/** `forEach` of any stream that has `next`. */
export function forEachItem<T>(stream: ReceiveStream<T>, body: ForEachBody<T>): Effect<void> {
  checkForEachBody(body);
  return call(forEachReceived<T>, stream, body);
}

/** Refuses a body that is no function, where it was passed. */
export function checkForEachBody(body: unknown): void {
  if (typeof body === 'function') return;
  throw new TypeError(`forEach(body) takes a generator function (item) => …, not ${describe(body)}`);
}

/** Refuses a receive stream that is none, where it was passed. */
export function checkReceiveStream(stream: unknown, what: string): void {
  checkMethods(stream, ['receive', 'next'], `${what} takes a receive stream`);
}

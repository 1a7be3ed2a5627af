/** `next` and `forEach`, made of `receive`: for streams of which only the receiving is special. */
import { EndOfStream } from '../base/errors.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { forEachItem, type ReceiveStream } from './receive-stream.js';

function* nextOf<T>(stream: ReceiveStream<T>): Coroutine<IteratorResult<T, undefined>> {
  try {
    return { done: false, value: yield* stream.receive() };
  } catch (error) {
    if (error instanceof EndOfStream) return { done: true, value: undefined };
    throw error;
  }
}

export abstract class AbstractReceiveStream<out T> implements ReceiveStream<T> {
  abstract receive(this: this): Effect<T>;

  /**
   * The next item as an iterator result; `{ done: true }` at the end of the stream. A checkpoint.
   *
   * @throws what `receive` throws, but for EndOfStream.
   */
  next(this: this): Effect<IteratorResult<T, undefined>> {
    return call(nextOf<T>, this);
  }

  /**
   * Runs `body` for each item, one after the other, until the end of the stream. A checkpoint at each item and at
   * the end. Does not close the stream.
   *
   * @throws what `receive` throws, but for EndOfStream, and what `body` throws.
   * @throws TypeError if `body` is no function, or gives no operation.
   */
  forEach(this: this, body: (this: void, item: T) => Operation<unknown>): Effect<void> {
    return forEachItem(this, body);
  }
}

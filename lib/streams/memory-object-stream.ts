/** Streams of objects between the tasks of a run: the way to hand work, results and back-pressure around. */
import { describe } from '../base/durations.js';
import { checkOptions } from '../base/options.js';
import { Channel } from './channel.js';
import { MemoryObjectReceiveStream } from './memory-object-receive-stream.js';
import { MemoryObjectSendStream } from './memory-object-send-stream.js';

/** Both ends: `using pair = createMemoryObjectStream<T>(); const [send, receive] = pair;` closes both. */
export type MemoryObjectStreamPair<T> = [
  send: MemoryObjectSendStream<T>,
  receive: MemoryObjectReceiveStream<T>,
] &
  Disposable;

function closeBoth(this: MemoryObjectStreamPair<unknown>): void {
  this[0].close();
  this[1].close();
}

const DISPOSE = { value: closeBoth, enumerable: false };

/**
 * Makes a stream and gives its two ends: what is sent on the one is received on the other, once, in order. Each
 * end can be cloned; the stream ends when every send stream has been closed and the buffer is empty.
 *
 * @param maxBufferSize How many items may wait in the buffer, 0 or more, or Infinity. 0, the default: each sender
 *   waits until a receiver takes its item.
 * @param options.name What task dumps and deadlock reports call it.
 * @throws TypeError if `maxBufferSize` is no number, RangeError if it is negative or no whole number.
 * @example
 *     const [send, receive] = createMemoryObjectStream<string>(10);
 *     yield* taskGroup(function* (tg) {
 *       tg.startSoon(function* () { using _ = send; for (const word of words) yield* send.send(word); });
 *       yield* receive.forEach(function* (word) { console.log(word); });
 *     });
 * Semantics: AnyIO's `create_memory_object_stream`; closing an end fails the tasks that are parked on it (rule R2).
 */
export function createMemoryObjectStream<T>(
  maxBufferSize = 0,
  options?: { name?: string },
): MemoryObjectStreamPair<T> {
  if (typeof maxBufferSize !== 'number') {
    throw new TypeError(
      `createMemoryObjectStream(maxBufferSize) takes a number of items, or Infinity, not ${describe(maxBufferSize)}`,
    );
  }
  if (!(maxBufferSize >= 0) || (maxBufferSize !== Infinity && !Number.isInteger(maxBufferSize))) {
    throw new RangeError(
      `createMemoryObjectStream(maxBufferSize) takes a whole number, 0 or more, or Infinity, not ${maxBufferSize}`,
    );
  }
  if (options !== undefined) checkOptions(options, 'createMemoryObjectStream(maxBufferSize, options)');
  const channel = new Channel(maxBufferSize, options?.name);
  const pair = [MemoryObjectSendStream.on<T>(channel), MemoryObjectReceiveStream.on<T>(channel)];
  return Object.defineProperty(pair, Symbol.dispose, DISPOSE) as unknown as MemoryObjectStreamPair<T>;
}

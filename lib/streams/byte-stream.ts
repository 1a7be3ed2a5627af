/**
 * Streams of bytes: what a socket, a file or a pipe is. Chunks are arrays of at least one byte; where one ends and
 * the next begins means nothing.
 *
 * `close()` closes gracefully: what was sent is flushed. In a cancelled scope, or when it is cancelled while it
 * flushes, it closes at once and throws Cancelled; so it belongs into a `finally`, and the stream is closed after it
 * whatever happens. That is Trio's rule for `aclose`.
 */
import { describe } from '../base/durations.js';
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import type { Closable, ReceiveStream, SendStream } from './receive-stream.js';

/** Bytes asked for at most when nothing else is said. */
export const DEFAULT_CHUNK = 65_536;

export interface ByteReceiveStream extends ReceiveStream<Uint8Array> {
  /** At most `maxBytes` bytes, as soon as there are any; throws EndOfStream at the end. */
  receive(this: this, maxBytes?: number): Effect<Uint8Array>;
  close(): Effect<void>;
}

export interface ByteSendStream extends SendStream<Uint8Array> {
  send(this: this, chunk: Uint8Array): Effect<void>;
  close(): Effect<void>;
}

export interface ByteStream extends ByteReceiveStream, ByteSendStream {
  /** Says that nothing more will be sent; receiving goes on. */
  sendEof(): Effect<void>;
}

/** Whatever bytes come out of: a byte stream, or a memory object stream of chunks. */
export interface ByteSource extends Closable {
  receive(maxBytes?: number): Effect<Uint8Array>;
}

/** Whatever bytes can be put into. */
export interface ByteSink extends Closable {
  send(chunk: Uint8Array): Effect<void>;
}

function* closeAny(stream: Closable): Coroutine<void> {
  const closing = stream.close();
  if (closing !== undefined) yield* closing;
}

/** Closes a stream, be that a plain call or an effect. */
export function closing(stream: Closable): Effect<void> {
  return call(closeAny, stream);
}

/** Refuses a source of bytes that is none, where it was passed. */
export function checkByteSource(source: unknown, what: string): void {
  checkMethods(source, ['receive', 'close'], `${what} takes a stream to receive bytes from`);
}

/** Refuses a sink that is none, where it was passed. */
export function checkByteSink(sink: unknown, what: string): void {
  checkMethods(sink, ['send', 'close'], `${what} takes a stream to send bytes to`);
}

/** Refuses a number of bytes that is none, where it was passed. */
export function checkByteCount(bytes: number, least: number, what: string): void {
  if (typeof bytes !== 'number')
    throw new TypeError(`${what} must be a number of bytes, not ${typeof bytes}`);
  if (bytes >= least && (bytes === Infinity || Number.isInteger(bytes))) return;
  throw new RangeError(`${what} must be a whole number of bytes, ${least} or more, not ${bytes}`);
}

/** Refuses what came out of a source if it is no bytes. `taker`: "toNodeReadable()". */
export function checkReceived(chunk: unknown, taker: string): void {
  if (chunk instanceof Uint8Array) return;
  throw new TypeError(`the source of ${taker} gave ${describe(chunk)}; it takes one of bytes, Uint8Array`);
}

/** Refuses a chunk that is no bytes, where it was passed. */
export function checkBytes(chunk: unknown, what: string): void {
  if (chunk instanceof Uint8Array) return;
  throw new TypeError(`${what} takes a Uint8Array; for text use a TextSendStream`);
}

/** Two one-way streams made into one that goes both ways. */
import { joinErrors } from '../base/join-errors.js';
import { checkMethods } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import {
  type ByteReceiveStream,
  type ByteSendStream,
  type ByteStream,
  checkByteSink,
  checkByteSource,
  closing,
} from './byte-stream.js';
import type { Closable, ReceiveStream, SendStream } from './receive-stream.js';

/** The send side first, for its partner waits for the end; then, whatever came of it, the receive side. */
function* closeStapled(send: Closable, receive: Closable): Coroutine<void> {
  const errors: unknown[] = [];
  for (const stream of [send, receive]) {
    try {
      yield* closing(stream);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw joinErrors(errors, 'closing a stapled stream');
}

/**
 * A stream that sends on one stream and receives from another: the two pipes of a child process, say.
 *
 * @example
 *     const pipes = new StapledByteStream(fromNodeWritable(child.stdin), fromNodeReadable(child.stdout));
 * Semantics: AnyIO's `StapledByteStream`.
 */
export class StapledByteStream implements ByteStream {
  readonly sendStream: ByteSendStream;
  readonly receiveStream: ByteReceiveStream;

  constructor(sendStream: ByteSendStream, receiveStream: ByteReceiveStream) {
    checkByteSink(sendStream, 'new StapledByteStream(sendStream, receiveStream)');
    checkByteSource(receiveStream, 'new StapledByteStream(sendStream, receiveStream)');
    this.sendStream = sendStream;
    this.receiveStream = receiveStream;
  }

  /** See `send` of the send stream. */
  send(this: this, chunk: Uint8Array): Effect<void> {
    return this.sendStream.send(chunk);
  }

  /** See `receive` of the receive stream. */
  receive(this: this, maxBytes?: number): Effect<Uint8Array> {
    return this.receiveStream.receive(maxBytes);
  }

  /** See `next` of the receive stream. */
  next(this: this): Effect<IteratorResult<Uint8Array, undefined>> {
    return this.receiveStream.next();
  }

  /** See `forEach` of the receive stream. */
  forEach(this: this, body: (this: void, chunk: Uint8Array) => Operation<unknown>): Effect<void> {
    return this.receiveStream.forEach(body);
  }

  /** Closes the send stream; receiving goes on. */
  sendEof(): Effect<void> {
    return this.sendStream.close();
  }

  /**
   * Closes both streams, the send stream first; the second also if closing the first fails. If both fail it throws an
   * ExceptionGroup.
   */
  close(): Effect<void> {
    return call(closeStapled, this.sendStream, this.receiveStream);
  }
}

/**
 * A stream of objects that sends on one stream and receives from another.
 *
 * Semantics: AnyIO's `StapledObjectStream`.
 */
export class StapledObjectStream<in S, out R> implements SendStream<S>, ReceiveStream<R> {
  readonly sendStream: SendStream<S> & Closable;
  readonly receiveStream: ReceiveStream<R> & Closable;

  constructor(sendStream: SendStream<S> & Closable, receiveStream: ReceiveStream<R> & Closable) {
    const what = 'new StapledObjectStream(sendStream, receiveStream)';
    checkMethods(sendStream, ['send', 'close'], `${what} takes a stream to send on`);
    checkMethods(receiveStream, ['receive', 'close'], `${what} takes a stream to receive from`);
    this.sendStream = sendStream;
    this.receiveStream = receiveStream;
  }

  /** See `send` of the send stream. */
  send(this: this, item: S): Effect<void> {
    return this.sendStream.send(item);
  }

  /** See `receive` of the receive stream. */
  receive(this: this): Effect<R> {
    return this.receiveStream.receive();
  }

  /** See `next` of the receive stream. */
  next(this: this): Effect<IteratorResult<R, undefined>> {
    return this.receiveStream.next();
  }

  /** See `forEach` of the receive stream. */
  forEach(this: this, body: (this: void, item: R) => Operation<unknown>): Effect<void> {
    return this.receiveStream.forEach(body);
  }

  /** Closes the send stream; receiving goes on. */
  sendEof(): Effect<void> {
    return closing(this.sendStream);
  }

  /**
   * Closes both streams, the send stream first; the second also if closing the first fails. If both fail it throws an
   * ExceptionGroup.
   */
  close(): Effect<void> {
    return call(closeStapled, this.sendStream, this.receiveStream);
  }
}

/** Text over streams of bytes. A character whose bytes are split between two chunks comes out whole. */

import { announce } from '../base/arrival.js';
import { EndOfStream } from '../base/errors.js';
import { checkChoice, checkOptions } from '../base/options.js';
import { call } from '../kernel/call.js';
import type { Coroutine, Effect } from '../kernel/effect.js';
import { AbstractReceiveStream } from './abstract-receive-stream.js';
import {
  type ByteSink,
  type ByteSource,
  type ByteStream,
  checkByteSink,
  checkByteSource,
  closing,
} from './byte-stream.js';
import type { SendStream } from './receive-stream.js';

export interface TextStreamOptions {
  /** Any label that TextDecoder knows; default 'utf-8'. Sending is always UTF-8. */
  encoding?: string;
  /** What to do with bytes that are no text: throw a TypeError ('strict', the default) or put U+FFFD ('replace'). */
  errors?: 'strict' | 'replace';
}

/**
 * Text out of a stream of bytes. Pieces are as long as they come: this does not split lines.
 *
 * @throws RangeError if the encoding is unknown.
 * @example
 *     using input = fromNodeReadable(process.stdin);   // a stdin that is left open holds the process
 *     const text = new TextReceiveStream(input);
 *     yield* text.forEach(function* (piece) { console.log(piece); });
 * Semantics: AnyIO's `TextReceiveStream`.
 */
export class TextReceiveStream extends AbstractReceiveStream<string> {
  private readonly source: ByteSource;
  private readonly decoder: TextDecoder;
  private hasEnded = false;

  constructor(source: ByteSource, options?: TextStreamOptions) {
    super();
    checkByteSource(source, 'new TextReceiveStream(source)');
    checkOptions(options, 'new TextReceiveStream(source, options)');
    checkChoice(options?.errors, ['strict', 'replace'], 'the option errors of a TextReceiveStream');
    this.source = source;
    this.decoder = new TextDecoder(options?.encoding ?? 'utf-8', { fatal: options?.errors !== 'replace' });
  }

  /**
   * Gives the next piece of text, at least one character.
   *
   * A checkpoint. A cancelled receive loses nothing.
   *
   * @throws EndOfStream at the end.
   * @throws TypeError if the bytes are no text in this encoding, or end within a character (unless `errors` is 'replace').
   * @throws what the source throws.
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  receive(this: this): Effect<string> {
    return call(receiveText, this);
  }

  /** Closes the source. */
  close(): Effect<void> {
    return closing(this.source);
  }

  /** @internal */
  *read(): Coroutine<string> {
    for (;;) {
      let bytes: Uint8Array;
      try {
        bytes = yield* this.source.receive();
      } catch (error) {
        if (!(error instanceof EndOfStream) || this.hasEnded) throw error;
        this.hasEnded = true;
        const rest = this.decode(); // of a character that was cut off: U+FFFD, or a TypeError
        if (rest === '') throw error;
        return rest;
      }
      const text = this.decode(bytes);
      if (text !== '') return text;
    }
  }

  /** The text of the bytes; without any, of what is left. */
  private decode(bytes?: Uint8Array): string {
    try {
      return this.decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw announce(error);
    }
  }
}

function receiveText(stream: TextReceiveStream): Coroutine<string> {
  return stream.read();
}

/**
 * Text into a stream of bytes, as UTF-8.
 *
 * Semantics: AnyIO's `TextSendStream`.
 */
export class TextSendStream implements SendStream<string> {
  private readonly sink: ByteSink;
  private readonly encoder = new TextEncoder();

  constructor(sink: ByteSink) {
    checkByteSink(sink, 'new TextSendStream(sink)');
    this.sink = sink;
  }

  /** Sends a text. A checkpoint, as `send` of the sink is; throws what that throws. */
  send(this: this, text: string): Effect<void> {
    if (typeof text !== 'string') throw new TypeError(`send(text) takes a string, not ${typeof text}`);
    return this.sink.send(this.encoder.encode(text));
  }

  /** Closes the sink. */
  close(): Effect<void> {
    return closing(this.sink);
  }
}

/** Text both ways over one stream of bytes. Semantics: AnyIO's `TextStream`. */
export class TextStream extends TextReceiveStream implements SendStream<string> {
  private readonly transport: ByteStream;
  private readonly sending: TextSendStream;

  constructor(transport: ByteStream, options?: TextStreamOptions) {
    super(transport, options);
    this.transport = transport;
    this.sending = new TextSendStream(transport);
  }

  /** Sends a text. A checkpoint, as `send` of the transport is; throws what that throws. */
  send(this: this, text: string): Effect<void> {
    return this.sending.send(text);
  }

  /** Says that nothing more will be sent; receiving goes on. */
  sendEof(): Effect<void> {
    return this.transport.sendEof();
  }
}

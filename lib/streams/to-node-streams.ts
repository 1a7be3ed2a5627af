/**
 * Treadle streams given to code that takes streams of Node. A task of the group that is passed does the receiving and
 * sending, at the pace at which Node asks for it.
 *
 * Node's class is passed too: `lib` imports nothing of Node, so that it runs in browsers.
 */
import { describe } from '../base/durations.js';
import { EndOfStream } from '../base/errors.js';
import type { TaskGroup } from '../tasks/task-group.js';
import {
  type ByteSink,
  type ByteSource,
  checkByteSink,
  checkByteSource,
  checkReceived,
  closing,
} from './byte-stream.js';
import { checkGroup, Servant, type SinkRequest, serveSink } from './servant.js';

type Callback = (error?: Error | null) => void;

/** What is used of the stream that is made. */
interface Destroyable {
  destroy(error?: Error): unknown;
  once(name: 'error', listener: () => void): unknown;
}

/**
 * Lets a stream end with an error that nobody listens for. The error is known on Treadle's side too, where it is that
 * of the group, say: ending the process over it, as Node would, is too much.
 */
function end(stream: Destroyable, error: Error | null, callback: Callback): void {
  if (error !== null) stream.once('error', () => {});
  callback(error);
}

interface Pushable extends Destroyable {
  push(chunk: Uint8Array | null): boolean;
}

/** Node's class `Readable`, or one like it. */
export type NodeReadableClass<R> = new (options: {
  read(this: Pushable, size: number): void;
  destroy(this: Pushable, error: Error | null, callback: Callback): void;
}) => R;

/** Node's class `Writable`, or one like it. */
export type NodeWritableClass<W> = new (options: {
  write(this: Destroyable, chunk: Uint8Array, encoding: string, callback: Callback): void;
  final(this: Destroyable, callback: Callback): void;
  destroy(this: Destroyable, error: Error | null, callback: Callback): void;
}) => W;

function checkClass(given: unknown, what: string, name: string): void {
  if (typeof given === 'function') return;
  throw new TypeError(`${what} takes the class ${name} of node:stream first, not ${describe(given)}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

/**
 * Makes a Node `Readable` of a stream of bytes. Node pulls: nothing is received before it asks, and back-pressure is
 * kept. The source is closed when it has ended, or when the Node stream is destroyed; if receiving fails, the Node
 * stream is destroyed with the error; if the group is cancelled, with the Cancelled. Its event `error` needs no listener:
 * without one it is not thrown.
 *
 * Not a checkpoint. The group stays open until the Node stream has been read to its end or destroyed.
 *
 * @param Readable The class `Readable` of `node:stream`.
 * @param tg The group in which the receiving task runs.
 * @throws ClosedResourceError if the group has ended.
 * @throws TypeError if the class, the group or the source is none.
 * @example
 *     import { Readable } from 'node:stream';
 *     toNodeReadable(Readable, tg, receive).pipe(response);
 */
export function toNodeReadable<R extends Destroyable>(
  Readable: NodeReadableClass<R>,
  tg: TaskGroup,
  source: ByteSource,
): R {
  checkClass(Readable, 'toNodeReadable(Readable, tg, source)', 'Readable');
  checkGroup(tg, 'toNodeReadable(Readable, tg, source)');
  checkByteSource(source, 'toNodeReadable(Readable, tg, source)');
  const servant = new Servant<{ readonly size: number }>(tg, {
    name: 'toNodeReadable',
    serve: ({ size }) => receiveOrEnd(source, size),
    onCancelled: (error) => readable.destroy(error),
    cleanUp: () => closing(source),
  });
  const readable: R = new Readable({
    read(size) {
      servant.ask({ size }).then(
        (chunk) => {
          if (chunk === null) servant.dismiss();
          this.push(chunk as Uint8Array | null);
        },
        (error: unknown) => this.destroy(asError(error)),
      );
    },
    destroy(error, callback) {
      servant.dismiss();
      end(this, error, callback);
    },
  });
  return readable;
}

/** An empty chunk would tell Node nothing, and it would not ask again. */
function* receiveOrEnd(source: ByteSource, size: number) {
  try {
    for (;;) {
      const chunk = yield* source.receive(Math.max(1, size));
      checkReceived(chunk, 'toNodeReadable()');
      if (chunk.length > 0) return chunk;
    }
  } catch (error) {
    if (error instanceof EndOfStream) return null;
    throw error;
  }
}

/**
 * Makes a Node `Writable` of something that bytes can be sent to. Each chunk is acknowledged when it has been sent, so
 * back-pressure is kept. Ending the Node stream closes the sink, gracefully; destroying it closes it too. If sending
 * fails, the Node stream is destroyed with the error; if the group is cancelled, with the Cancelled. Its event `error`
 * needs no listener: without one it is not thrown.
 *
 * Not a checkpoint. The group stays open until the Node stream has been ended or destroyed.
 *
 * @param Writable The class `Writable` of `node:stream`.
 * @param tg The group in which the sending task runs.
 * @throws ClosedResourceError if the group has ended.
 * @throws TypeError if the class, the group or the sink is none.
 */
export function toNodeWritable<W extends Destroyable>(
  Writable: NodeWritableClass<W>,
  tg: TaskGroup,
  sink: ByteSink,
): W {
  checkClass(Writable, 'toNodeWritable(Writable, tg, sink)', 'Writable');
  checkGroup(tg, 'toNodeWritable(Writable, tg, sink)');
  checkByteSink(sink, 'toNodeWritable(Writable, tg, sink)');
  const servant = new Servant<SinkRequest>(tg, {
    name: 'toNodeWritable',
    serve: (request) => serveSink(sink, request),
    onCancelled: (error) => writable.destroy(error),
    cleanUp: () => closing(sink),
  });
  const writable: W = new Writable({
    write(chunk, _encoding, callback) {
      servant.ask({ chunk }).then(
        () => callback(),
        (error: unknown) => callback(asError(error)),
      );
    },
    final(callback) {
      servant.ask({ chunk: null }).then(
        () => {
          servant.dismiss();
          callback();
        },
        (error: unknown) => callback(asError(error)),
      );
    },
    destroy(error, callback) {
      servant.dismiss();
      end(this, error, callback);
    },
  });
  return writable;
}

/**
 * Treadle streams given to code that takes WHATWG streams: `fetch`, compression, workers. A task of the group that is
 * passed does the receiving and sending, at the pace at which the web stream asks for it.
 */
import { EndOfStream } from '../base/errors.js';
import type { Coroutine } from '../kernel/effect.js';
import type { TaskGroup } from '../tasks/task-group.js';
import {
  type ByteSink,
  type ByteSource,
  checkByteSink,
  checkByteSource,
  checkBytes,
  checkReceived,
  closing,
} from './byte-stream.js';
import { checkGroup, Servant, type SinkRequest, serveSink } from './servant.js';

/**
 * Makes a WHATWG `ReadableStream` of a stream of bytes. It pulls: nothing is received before it is asked for a chunk.
 * The source is closed when it has ended, or when the web stream is cancelled; if receiving fails, the web stream fails
 * with the error; if the group is cancelled, with the Cancelled.
 *
 * Not a checkpoint. The group stays open until the web stream has been read to its end or cancelled.
 *
 * @param tg The group in which the receiving task runs.
 * @throws ClosedResourceError if the group has ended.
 * @throws TypeError if the group or the source is none.
 * @example
 *     yield* until((signal) => fetch(url, { method: 'POST', body: toWebReadable(tg, receive), duplex: 'half', signal }));
 */
export function toWebReadable(tg: TaskGroup, source: ByteSource): ReadableStream<Uint8Array> {
  checkGroup(tg, 'toWebReadable(tg, source)');
  checkByteSource(source, 'toWebReadable(tg, source)');
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const servant = new Servant(tg, {
    name: 'toWebReadable',
    serve: pull,
    onCancelled: (error) => controller.error(error),
    cleanUp: () => closing(source),
  });
  function* pull(): Coroutine<boolean> {
    try {
      const chunk = yield* source.receive();
      checkReceived(chunk, 'toWebReadable()');
      controller.enqueue(chunk);
      return true;
    } catch (error) {
      if (!(error instanceof EndOfStream)) throw error;
      controller.close();
      return false;
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      async pull() {
        let goesOn: unknown = false;
        try {
          goesOn = await servant.ask({});
        } finally {
          if (goesOn !== true) servant.dismiss();
        }
      },
      cancel() {
        servant.dismiss();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Makes a WHATWG `WritableStream` of something that bytes can be sent to. Each chunk is acknowledged when it has been
 * sent, so back-pressure is kept. Closing the web stream closes the sink, gracefully; aborting it closes it too. If
 * sending fails, the web stream fails with the error; if the group is cancelled, with the Cancelled.
 *
 * Not a checkpoint. The group stays open until the web stream has been closed or aborted.
 *
 * @param tg The group in which the sending task runs.
 * @throws ClosedResourceError if the group has ended.
 * @throws TypeError if the group or the sink is none.
 */
export function toWebWritable(tg: TaskGroup, sink: ByteSink): WritableStream<Uint8Array> {
  checkGroup(tg, 'toWebWritable(tg, sink)');
  checkByteSink(sink, 'toWebWritable(tg, sink)');
  let controller!: WritableStreamDefaultController;
  const dismiss = (): void => servant.dismiss();
  const servant = new Servant<SinkRequest>(tg, {
    name: 'toWebWritable',
    serve: (request) => serveSink(sink, request),
    onCancelled: (error) => controller.error(error),
    cleanUp() {
      controller.signal.removeEventListener('abort', dismiss);
      return closing(sink);
    },
  });
  return new WritableStream<Uint8Array>({
    start(given) {
      controller = given;
      // abort() below is called only when the write under way has ended, which may be never.
      given.signal.addEventListener('abort', dismiss);
    },
    async write(chunk) {
      try {
        checkBytes(chunk, 'the WritableStream of toWebWritable()');
        await servant.ask({ chunk });
      } catch (error) {
        servant.dismiss();
        throw error;
      }
    },
    async close() {
      try {
        await servant.ask({ chunk: null });
      } finally {
        servant.dismiss();
      }
    },
    abort: dismiss,
  });
}

import { expect } from 'chai';
import {
  BrokenResourceError,
  call,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  run,
  sleep,
  taskGroup,
  until,
} from 'treadle';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { toWebReadable, toWebWritable } from '../../lib/streams/to-web-streams.js';
import { fromWebReadable } from '../../lib/streams/web-receive-stream.js';
import { fromWebWritable } from '../../lib/streams/web-send-stream.js';
import { rejection, specsOn, thrown } from '../support/contract.js';

const it = specsOn('web');

const encode = (text: string) => new TextEncoder().encode(text);

/** A writable that takes a chunk only when told to. */
function gated() {
  const written: string[] = [];
  const acknowledge: (() => void)[] = [];
  let aborted: unknown;
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      written.push(new TextDecoder().decode(chunk));
      return new Promise((resolve) => acknowledge.push(resolve));
    },
    abort(reason) {
      aborted = reason;
    },
  });
  return { writable, written, next: () => acknowledge.shift()?.(), abortedWith: () => aborted };
}

describe('web streams', () => {
  it('fromWebReadable: pulls a chunk only when it is asked for one, and splits what is larger than asked', function* () {
    let pulled = 0;
    const readable = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(encode('abcd'));
        },
      },
      { highWaterMark: 0 },
    );
    const log = yield* call(function* () {
      using stream = fromWebReadable(readable);
      const log: string[] = [];
      yield* sleep(2);
      for (const bytes of [3, 3, 10]) {
        log.push(`${new TextDecoder().decode(yield* stream.receive(bytes))} ${pulled}`);
      }
      return log;
    });
    expect(log).to.deep.equal(['abc 1', 'd 1', 'abcd 2']);
  });

  it('fromWebReadable: cancelling a receive cancels the web stream, with the Cancelled as its reason', function* () {
    const reasons: string[] = [];
    const readable = new ReadableStream<Uint8Array>({
      cancel(reason: Error) {
        reasons.push(reason.name);
      },
    });
    const stream = fromWebReadable(readable);
    yield* moveOnAfter(1, () => stream.receive());
    expect(readable.locked).to.equal(false);
    expect(reasons).to.deep.equal(['Cancelled']);
  });

  it('fromWebReadable: close() waits until the source has cleaned up, also if a cancelled receive began that', function* () {
    const log: string[] = [];
    const cleanUp = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push('source has cleaned up');
    };
    const input = fromWebReadable(new ReadableStream<Uint8Array>({ cancel: cleanUp }));
    yield* moveOnAfter(1, () => input.receive());
    yield* input.close();
    log.push('input closed');
    expect(log).to.deep.equal(['source has cleaned up', 'input closed']);
  });

  it('toWebWritable: a chunk that is no bytes fails the web stream', async () => {
    const error = await run(() =>
      taskGroup(function* (tg) {
        const [sink] = createMemoryObjectStream<Uint8Array>(1);
        return yield* until(
          rejection(
            toWebWritable(tg, sink)
              .getWriter()
              .write('text' as never),
          ),
        );
      }),
    );
    expect(String(error)).to.match(/^TypeError: the WritableStream of toWebWritable\(\) takes a Uint8Array/);
  });

  it('toWebReadable: a source that gives no bytes is an error', async () => {
    const error = await run(() =>
      taskGroup(function* (tg) {
        const [send, source] = createMemoryObjectStream<unknown>(1);
        send.sendNowait('text');
        const readable = toWebReadable(tg, source as MemoryObjectReceiveStream<Uint8Array>);
        return yield* until(rejection(readable.getReader().read()));
      }),
    );
    expect(String(error)).to.match(/^TypeError: the source of toWebReadable\(\) gave the string "text"/);
  });

  it('fromWebReadable: an error of the web stream breaks it; closing it then is silent', async () => {
    const cause = new Error('wire cut');
    const readable = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(cause) });
    const error = await rejection(
      run(function* () {
        const stream = fromWebReadable(readable);
        try {
          yield* stream.receive();
        } finally {
          yield* stream.close();
        }
      }),
    );
    expect(error).to.be.instanceOf(BrokenResourceError);
    expect((error as Error).cause).to.equal(cause);
  });

  it('fromWebWritable: send waits until the web stream is ready; close waits until all is flushed', function* () {
    const { writable, written, next } = gated();
    const log: string[] = [];
    const stream = fromWebWritable(writable);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        for (const text of ['a', 'b']) {
          yield* stream.send(encode(text));
          log.push(`sent ${text}`);
        }
        yield* stream.close();
        log.push('closed');
      });
      for (let count = 0; count < 2; count++) {
        yield* sleep(3);
        log.push(`it has ${written.join()}`);
        next();
      }
    });
    expect(log).to.deep.equal(['sent a', 'it has a', 'sent b', 'it has a,b', 'closed']);
  });

  it('fromWebWritable: cancelling a send that waits writes nothing and aborts the web stream', function* () {
    const { writable, written, next, abortedWith } = gated();
    const stream = fromWebWritable(writable);
    yield* stream.send(encode('a'));
    yield* moveOnAfter(1, () => stream.send(encode('b')));
    next();
    yield* sleep(1);
    expect(written).to.deep.equal(['a']);
    expect((abortedWith() as Error).name).to.equal('Cancelled');
  });

  it('fromWebWritable: an error comes with a later send, and close is then silent', function* () {
    const cause = new Error('disk full');
    const writable = new WritableStream<Uint8Array>({ write: () => Promise.reject(cause) });
    const log = yield* call(function* () {
      const stream = fromWebWritable(writable);
      const log: string[] = [];
      try {
        for (;;) yield* stream.send(encode('a'));
      } catch (error) {
        log.push(`${(error as Error).name}: ${((error as Error).cause as Error).message}`);
      }
      yield* stream.close();
      return log;
    });
    expect(log).to.deep.equal(['BrokenResourceError: disk full']);
  });

  it('toWebReadable and toWebWritable: piped between two streams of tasks, at their pace', function* () {
    const received: string[] = [];
    yield* taskGroup(function* (tg) {
      const [send, source] = createMemoryObjectStream<Uint8Array>();
      const [sink, receive] = createMemoryObjectStream<Uint8Array>();
      const from = toWebReadable(tg, source);
      const to = toWebWritable(tg, sink);
      let sentAhead = 0;
      tg.startSoon(function* () {
        for (const text of ['a', 'b', 'c']) {
          yield* send.send(encode(text));
          sentAhead++;
        }
        send.close();
      });
      yield* sleep(3);
      expect(sentAhead, 'nobody reads yet').to.equal(0);
      tg.startSoon(() => until(from.pipeTo(to)));
      yield* receive.forEach(function* (chunk) {
        received.push(new TextDecoder().decode(chunk));
      });
    });
    expect(received).to.deep.equal(['a', 'b', 'c']);
  });

  it('toWebReadable: cancelling the web stream closes the source and ends the group', function* () {
    const [send, source] = createMemoryObjectStream<Uint8Array>();
    yield* taskGroup(function* (tg) {
      const reader = toWebReadable(tg, source).getReader();
      reader.read().catch(() => {});
      yield* sleep(2);
      yield* until(reader.cancel());
    });
    expect(thrown(() => send.sendNowait(encode('a')))).to.be.instanceOf(BrokenResourceError);
  });

  it('toWebWritable: aborting the web stream cancels the send under way, closes the sink and ends the group', function* () {
    const [sink, receive] = createMemoryObjectStream<Uint8Array>(); // and nobody receives
    const reasons: unknown[] = [];
    yield* taskGroup(function* (tg) {
      const writer = toWebWritable(tg, sink).getWriter();
      const note = (reason: unknown) => void reasons.push(reason);
      writer.write(encode('a')).catch(note);
      writer.closed.catch(note);
      yield* sleep(2);
      yield* until(writer.abort('gone'));
    });
    expect(reasons).to.have.lengthOf(2).and.include('gone');
    expect(receive.statistics().openSendStreams).to.equal(0);
  });

  it('toWebReadable, toWebWritable: cancelling the group makes the web streams fail, idle or at work', function* () {
    const errors: string[] = [];
    const note = (error: Error) => void errors.push(error.name);
    const [, source] = createMemoryObjectStream<Uint8Array>();
    const [sink] = createMemoryObjectStream<Uint8Array>();
    yield* taskGroup(function* (tg) {
      toWebReadable(tg, source).getReader().read().catch(note);
      toWebWritable(tg, sink).getWriter().closed.catch(note);
      yield* sleep(2);
      tg.cancel();
    });
    yield* sleep(2);
    expect(errors).to.deep.equal(['Cancelled', 'Cancelled']);
  });
});

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import {
  BrokenResourceError,
  call,
  cancelScope,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  type Operation,
  run,
  sleep,
  taskGroup,
  until,
} from 'treadle';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { fromNodeReadable } from '../../lib/streams/node-receive-stream.js';
import { fromNodeDuplex, fromNodeWritable } from '../../lib/streams/node-send-stream.js';
import { toNodeReadable, toNodeWritable } from '../../lib/streams/to-node-streams.js';
import { rejection, specsOn, thrown } from '../support/contract.js';

const it = specsOn('node');

const encode = (text: string) => new TextEncoder().encode(text);
const KIB = 1024;

/** A writable that takes a chunk only when told to. */
function gated(highWaterMark: number) {
  const written: string[] = [];
  const acknowledge: (() => void)[] = [];
  const writable = new Writable({
    highWaterMark,
    write(chunk: Uint8Array, _encoding, callback) {
      written.push(new TextDecoder().decode(chunk));
      acknowledge.push(callback);
    },
  });
  return { writable, written, next: () => acknowledge.shift()?.() };
}

describe('streams of Node', () => {
  it('fromNodeReadable: nothing is read beyond the mark of the Node stream until it is asked for', async () => {
    let made = 0;
    const readable = new Readable({
      highWaterMark: 4 * KIB,
      read() {
        made++;
        this.push(new Uint8Array(KIB));
      },
    });
    const { before, received, after } = await run(function* () {
      using stream = fromNodeReadable(readable);
      yield* sleep(5);
      const before = made;
      let received = 0;
      while (received < 16 * KIB) received += (yield* stream.receive(KIB)).length;
      yield* sleep(5);
      return { before, received, after: made };
    });
    expect(before).to.be.within(4, 5);
    expect(received).to.equal(16 * KIB);
    expect(after).to.be.within(16, 16 + 5);
    expect(readable.destroyed).to.equal(true);
  });

  it('fromNodeReadable: an error of the Node stream, and its destruction, break it', async () => {
    for (const error of [new Error('wire cut'), undefined]) {
      const readable = new Readable({ read() {} });
      const caught = await rejection(
        run(function* () {
          const stream = fromNodeReadable(readable);
          setTimeout(() => readable.destroy(error), 1);
          yield* stream.receive();
        }),
      );
      expect(caught).to.be.instanceOf(BrokenResourceError);
      expect((caught as Error).cause).to.equal(error);
    }
  });

  it('an error that Node is about to tell of is known already', async () => {
    const cause = new Error('wire cut');
    const readable = new Readable({
      read() {
        throw cause;
      },
    });
    const writable = new Writable({ write: (_chunk, _encoding, callback) => callback() });
    const operations: (() => Operation<unknown>)[] = [
      () => fromNodeReadable(readable).receive(),
      () => {
        const stream = fromNodeWritable(writable);
        writable.destroy(cause);
        return stream.send(encode('ab'));
      },
    ];
    for (const operation of operations) {
      const error = await rejection(run(operation));
      expect(error).to.be.instanceOf(BrokenResourceError).with.property('cause', cause);
    }
  });

  it('fromNodeReadable: cancelling a receive destroys the Node stream and leaves no listener', function* () {
    const readable = new Readable({ read() {} });
    const stream = fromNodeReadable(readable);
    yield* moveOnAfter(1, () => stream.receive());
    expect(readable.destroyed).to.equal(true);
    yield* sleep(2);
    for (const name of ['readable', 'end', 'error', 'close']) {
      expect(readable.listenerCount(name), name).to.equal(0);
    }
  });

  it('close() waits until a file is closed, also when something else has destroyed its stream', function* () {
    const input = createReadStream(import.meta.filename);
    const reading = fromNodeReadable(input);
    yield* reading.receive(10);
    yield* reading.close();
    expect(input.closed).to.equal(true);

    const cut = createReadStream(import.meta.filename);
    const cutShort = fromNodeReadable(cut);
    yield* moveOnAfter(0, () => cutShort.receive());
    expect([cut.destroyed, cut.closed]).to.deep.equal([true, false]);
    yield* cutShort.close();
    expect(cut.closed).to.equal(true);

    const output = createWriteStream('/dev/null');
    const writing = fromNodeWritable(output);
    yield* writing.send(encode('ab'));
    yield* writing.close();
    expect(output.closed).to.equal(true);
  });

  it('close() throws what closing the file of a writable came to', async () => {
    const writable = new Writable({
      write: (_chunk, _encoding, callback) => callback(),
      destroy: (_error, callback) => setTimeout(callback, 1, new Error('quota exceeded')),
    });
    const error = await rejection(run(() => fromNodeWritable(writable).close()));
    expect(error).to.be.instanceOf(BrokenResourceError);
    expect((error as Error).cause).to.have.property('message', 'quota exceeded');
  });

  // Plain runs: the listeners stay until the Node stream tells that it has closed, which these two never do.
  it('close() does not wait for a Node stream that will not tell: emitClose: false', async () => {
    const options = { emitClose: false, destroy: () => {} };
    const readable = new Readable({ ...options, read() {} });
    const writable = new Writable({ ...options, write: (_chunk, _encoding, callback) => callback() });
    await run(function* () {
      yield* fromNodeReadable(readable).close();
      yield* fromNodeWritable(writable).close();
    });
    expect([readable.destroyed, writable.destroyed]).to.deep.equal([true, true]);
  });

  it('close() can be cancelled while a Node stream takes its time to close', async () => {
    const readable = new Readable({ read() {}, destroy: () => {} });
    const stream = fromNodeReadable(readable);
    const closing = function* () {
      yield* stream.close();
      return 'closed';
    };
    const outcome = await run(() => moveOnAfter(2, closing, { otherwise: 'cancelled' }));
    expect([outcome, readable.destroyed]).to.deep.equal(['cancelled', true]);
    expect(readable.listenerCount('close')).to.equal(1); // that of the stream; that of the wait is gone
  });

  it('fromNodeReadable: refuses streams of objects and of text', () => {
    expect(thrown(() => fromNodeReadable(Readable.from([1, 2])))).to.be.instanceOf(TypeError);
    expect(thrown(() => fromNodeReadable(new Readable().setEncoding('utf8')))).to.be.instanceOf(TypeError);
  });

  it('fromNodeWritable: send waits while the Node stream is full; close waits until all is flushed', function* () {
    const { writable, written, next } = gated(2);
    const log: string[] = [];
    const stream = fromNodeWritable(writable);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        for (const text of ['ab', 'cd']) {
          yield* stream.send(encode(text));
          log.push(`sent ${text}`);
        }
        yield* stream.close();
        log.push('closed');
      });
      for (let count = 0; count < 2; count++) {
        yield* sleep(3);
        log.push(`Node has ${written.join()}`);
        next();
      }
    });
    expect(log).to.deep.equal(['sent ab', 'Node has ab', 'sent cd', 'Node has ab,cd', 'closed']);
    expect(writable.writableFinished).to.equal(true);
  });

  it('fromNodeWritable: cancelling a send that waits writes nothing and destroys the Node stream', function* () {
    const { writable, written } = gated(2);
    const stream = fromNodeWritable(writable);
    yield* stream.send(encode('ab'));
    yield* moveOnAfter(1, () => stream.send(encode('cd')));
    yield* sleep(1);
    expect(written).to.deep.equal(['ab']);
    expect(writable.destroyed).to.equal(true);
  });

  it('fromNodeWritable: cancelling a send leaves a stream that is kept as it was', function* () {
    const { writable, written, next } = gated(2);
    const stream = fromNodeWritable(writable, { onCancel: 'keep' });
    yield* stream.send(encode('ab'));
    yield* moveOnAfter(1, () => stream.send(encode('cd')));
    next();
    yield* stream.send(encode('ef'));
    expect(written).to.deep.equal(['ab', 'ef']);
    writable.destroy();
  });

  it('fromNodeWritable: cancelling a close destroys the Node stream', function* () {
    const { writable } = gated(2);
    const stream = fromNodeWritable(writable);
    yield* stream.send(encode('ab'));
    yield* moveOnAfter(1, () => stream.close());
    expect(writable.destroyed).to.equal(true);
  });

  it('closing in a scope already cancelled destroys at once, and throws Cancelled', function* () {
    const { writable } = gated(2);
    const readable = new Readable({ read() {} });
    const log: string[] = [];
    const output = fromNodeWritable(writable);
    const input = fromNodeReadable(readable);
    yield* output.send(encode('ab'));
    yield* cancelScope(function* (scope) {
      scope.cancel();
      try {
        yield* input.close();
      } finally {
        try {
          yield* output.close();
        } catch (error) {
          log.push((error as Error).name);
        }
      }
    });
    expect(log).to.deep.equal(['Cancelled']);
    expect([readable.destroyed, writable.destroyed]).to.deep.equal([true, true]);
  });

  it('fromNodeDuplex: disposing it destroys the socket, whatever is buffered', function* () {
    const duplex = new Duplex({ read() {}, write() {} });
    {
      using stream = fromNodeDuplex(duplex);
      yield* stream.send(encode('ab'));
    }
    expect(duplex.destroyed).to.equal(true);
  });

  it('fromNodeWritable: an error comes with a later send, once, and close is then silent', function* () {
    const writable = new Writable({
      write: (_chunk, _encoding, callback) => callback(new Error('disk full')),
    });
    const log = yield* call(function* () {
      const stream = fromNodeWritable(writable);
      const log: string[] = [];
      yield* stream.send(encode('ab'));
      yield* sleep(1);
      try {
        yield* stream.send(encode('cd'));
      } catch (error) {
        log.push(`${(error as Error).name}: ${((error as Error).cause as Error).message}`);
      }
      yield* stream.close();
      return log;
    });
    expect(log).to.deep.equal(['BrokenResourceError: disk full']);
  });

  it('fromNodeDuplex: an echo over a socket, with sendEof and the end', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const sockets: Socket[] = [];
    const total = await run(function* () {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      sockets.push(socket);
      yield* until(once(socket, 'connect'));
      const stream = fromNodeDuplex(socket);
      let total = 0;
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          for (let count = 0; count < 64; count++) yield* stream.send(new Uint8Array(16 * KIB));
          yield* stream.sendEof();
        });
        yield* stream.forEach(function* (chunk) {
          total += chunk.length;
        });
      });
      yield* stream.close();
      return total;
    });
    expect(total).to.equal(1024 * KIB);
    expect(sockets[0]?.destroyed).to.equal(true);
    server.close();
  });

  it('toNodeReadable and toNodeWritable: a pipeline of Node between two streams of tasks, at its pace', function* () {
    const received: string[] = [];
    let sentAhead = 0;
    yield* taskGroup(function* (tg) {
      const [send, source] = createMemoryObjectStream<Uint8Array>();
      const [sink, receive] = createMemoryObjectStream<Uint8Array>();
      const from = toNodeReadable(Readable, tg, source);
      const to = toNodeWritable(Writable, tg, sink);
      expect(from).to.be.instanceOf(Readable);
      tg.startSoon(function* () {
        for (const text of ['a', 'b', 'c']) {
          yield* send.send(encode(text));
          sentAhead++;
        }
        send.close();
      });
      yield* sleep(3);
      expect(sentAhead, 'nobody reads yet').to.equal(0);
      tg.startSoon(() => until(pipeline(from, to)));
      yield* receive.forEach(function* (chunk) {
        received.push(new TextDecoder().decode(chunk));
      });
    });
    expect(received.join('')).to.equal('abc');
  });

  it('toNodeReadable: a failing source destroys the Node stream with its error, and the group goes on', async () => {
    const seen = await run(function* () {
      return yield* taskGroup(function* (tg) {
        const source = fromNodeReadable(
          new Readable({
            read() {
              this.destroy(new Error('wire cut'));
            },
          }),
        );
        const readable = toNodeReadable(Readable, tg, source);
        readable.resume();
        return (yield* until(once(readable, 'error').then(([error]) => error as Error))) as Error;
      });
    });
    expect(seen).to.be.instanceOf(BrokenResourceError);
  });

  it('toNodeReadable: a source that gives no bytes is an error, and not silence', async () => {
    const seen = await run(() =>
      taskGroup(function* (tg) {
        const [send, source] = createMemoryObjectStream<unknown>(1);
        send.sendNowait({ a: 1 });
        const readable = toNodeReadable(Readable, tg, source as MemoryObjectReceiveStream<Uint8Array>);
        readable.resume();
        return yield* until(once(readable, 'error').then(([error]) => String(error)));
      }),
    );
    expect(seen).to.equal(
      'TypeError: the source of toNodeReadable() gave an object; it takes one of bytes, Uint8Array',
    );
  });

  it('toNodeReadable: destroying the Node stream closes the source and ends the group', function* () {
    const [send, source] = createMemoryObjectStream<Uint8Array>();
    yield* taskGroup(function* (tg) {
      const readable = toNodeReadable(Readable, tg, source);
      readable.resume();
      yield* sleep(2);
      readable.destroy();
    });
    expect(thrown(() => send.sendNowait(encode('a')))).to.be.instanceOf(BrokenResourceError);
  });

  it('toNodeReadable, toNodeWritable: cancelling the group destroys the Node streams, idle or at work', async () => {
    const errors: string[] = [];
    await run(function* () {
      const [, source] = createMemoryObjectStream<Uint8Array>();
      const [sink] = createMemoryObjectStream<Uint8Array>();
      yield* taskGroup(function* (tg) {
        const atWork = toNodeReadable(Readable, tg, source);
        const idle = toNodeWritable(Writable, tg, sink);
        for (const stream of [atWork, idle]) stream.on('error', (error: Error) => errors.push(error.name));
        atWork.resume();
        yield* sleep(2);
        tg.cancel();
      });
      yield* sleep(2);
    });
    expect(errors).to.deep.equal(['Cancelled', 'Cancelled']);
  });

  it('toNodeReadable, toNodeWritable: destroyed by a cancellation, they do not end a process that does not listen', function* () {
    const [, source] = createMemoryObjectStream<Uint8Array>();
    const [sink] = createMemoryObjectStream<Uint8Array>();
    const destroyed = yield* taskGroup(function* (tg) {
      const streams = [toNodeReadable(Readable, tg, source), toNodeWritable(Writable, tg, sink)];
      streams[0]?.pipe(new PassThrough());
      yield* sleep(2);
      tg.cancel();
      return streams;
    });
    yield* sleep(2); // an event that nobody listens to would be thrown by now, and mocha would report it
    expect(destroyed.map((stream) => stream.errored?.name)).to.deep.equal(['Cancelled', 'Cancelled']);
  });
});

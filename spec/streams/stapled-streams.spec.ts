import { expect } from 'chai';
import { type Effect, ExceptionGroup, runSync, sleep, taskGroup } from 'treadle';
import { call } from '../../lib/kernel/call.js';
import type { ByteReceiveStream, ByteSendStream } from '../../lib/streams/byte-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { StapledByteStream, StapledObjectStream } from '../../lib/streams/stapled-streams.js';
import { specsOn, thrown } from '../support/contract.js';

const it = specsOn('virtual');

describe('stapled streams', () => {
  it('StapledObjectStream: two make a dialogue; sendEof ends one direction, close both', function* () {
    const log: string[] = [];
    const [request, requests] = createMemoryObjectStream<number>();
    const [answer, answers] = createMemoryObjectStream<string>();
    const client = new StapledObjectStream(request, answers);
    const server = new StapledObjectStream(answer, requests);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* server.forEach(function* (n) {
          yield* server.send(`${n} squared is ${n * n}`);
        });
        log.push('no more requests');
        yield* sleep(1);
        yield* server.send('good-bye');
        yield* server.close();
      });
      for (const n of [3, 4]) {
        yield* client.send(n);
        log.push(yield* client.receive());
      }
      yield* client.sendEof();
      yield* client.forEach(function* (last) {
        log.push(last);
      });
      yield* client.close();
    });
    log.push(`${requests.statistics().openReceiveStreams} ${answers.statistics().openReceiveStreams}`);
    expect(log).to.deep.equal(['3 squared is 9', '4 squared is 16', 'no more requests', 'good-bye', '0 0']);
  });

  /** A stream whose two halves note that they are closed, and then throw what they are given. */
  function stapled(log: string[], sendError?: Error, receiveError?: Error): StapledByteStream {
    const closes = (name: string, error?: Error): Effect<void> =>
      call(function* () {
        yield* sleep(1);
        log.push(name);
        if (error !== undefined) throw error;
      });
    const send = { send: () => sleep(0), close: () => closes('send', sendError) } satisfies ByteSendStream;
    const [, receive] = createMemoryObjectStream<Uint8Array>();
    const source: ByteReceiveStream = {
      receive: () => receive.receive(),
      next: () => receive.next(),
      forEach: (body) => receive.forEach(body),
      close: () => closes('receive', receiveError),
    };
    return new StapledByteStream(send, source);
  }

  it('StapledByteStream: close closes the send stream first, and the other one although that failed', () => {
    const log: string[] = [];
    const failure = new Error('could not flush');
    expect(thrown(() => runSync(() => stapled(log, failure).close()))).to.equal(failure);
    expect(log).to.deep.equal(['send', 'receive']);
  });

  it('StapledByteStream: when both fail to close, no error is lost', () => {
    const errors = [new Error('could not flush'), new Error('could not let go')];
    const error = thrown(() => runSync(() => stapled([], ...errors).close()));
    expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals(errors);
  });
});

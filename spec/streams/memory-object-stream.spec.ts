import { expect } from 'chai';
import {
  BrokenResourceError,
  ClosedResourceError,
  type Coroutine,
  cancelScope,
  checkpoint,
  currentTask,
  DeadlockError,
  EndOfStream,
  isCancelled,
  run,
  runSync,
  taskGroup,
  WouldBlock,
} from 'treadle';
import type { MemoryObjectReceiveStream } from '../../lib/streams/memory-object-receive-stream.js';
import type { MemoryObjectSendStream } from '../../lib/streams/memory-object-send-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';

/** Lets every task that is ready run until it waits: as many rounds as these small programs need. */
function* settle(): Coroutine<void> {
  for (let round = 0; round < 10; round++) yield* checkpoint();
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Records the items that a task receives, and the name of the error that ends it. */
function* recordItems<T>(
  label: string,
  stream: MemoryObjectReceiveStream<T>,
  log: string[],
): Coroutine<void> {
  try {
    for (;;) log.push(`${label} got ${yield* stream.receive()}`);
  } catch (error) {
    log.push(`${label}: ${nameOf(error)}`);
    if (isCancelled(error)) throw error;
  }
}

function* recordSends<T>(
  label: string,
  stream: MemoryObjectSendStream<T>,
  items: readonly T[],
  log: string[],
): Coroutine<void> {
  try {
    for (const item of items) {
      yield* stream.send(item);
      log.push(`${label} sent ${item}`);
    }
  } catch (error) {
    log.push(`${label}: ${nameOf(error)}`);
    if (isCancelled(error)) throw error;
  }
}

onEachBackend('memory object stream', (run, { it }) => {
  it('rendezvous: a sender waits until its item is taken, and items keep their order', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordSends, 'a', send, [1, 2], log);
      yield* settle();
      log.push('nothing taken yet');
      log.push(`main got ${yield* receive.receive()}`);
      yield* settle();
      log.push(`main got ${yield* receive.receive()}`);
    });
    expect(log).to.deep.equal(['nothing taken yet', 'a sent 1', 'main got 1', 'a sent 2', 'main got 2']);
  });

  it('a buffer takes as many items as it has room for; then senders wait, and move up in order', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<string>(2);
    yield* send.send('first');
    yield* send.send('second');
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordSends, 'a', send, ['a1', 'a2'], log);
      tg.startSoon(recordSends, 'b', send, ['b1'], log);
      yield* settle();
      const { currentBufferUsed, tasksWaitingSend } = receive.statistics();
      log.push(`${currentBufferUsed} in the buffer, ${tasksWaitingSend} waiting`);
      for (let count = 0; count < 5; count++) {
        log.push(`main got ${receive.receiveNowait()}`);
        yield* settle();
      }
    });
    expect(log).to.deep.equal([
      '2 in the buffer, 2 waiting',
      'main got first',
      'a sent a1',
      'main got second',
      'b sent b1',
      'main got a1',
      'a sent a2',
      'main got b1',
      'main got a2',
    ]);
  });

  it('an unbounded buffer never makes a sender wait', function* () {
    const [send, receive] = createMemoryObjectStream<number>(Infinity);
    for (let item = 0; item < 1000; item++) send.sendNowait(item);
    expect(receive.statistics().currentBufferUsed).to.equal(1000);
    send.close();
    const items: number[] = [];
    yield* receive.forEach(function* (item) {
      items.push(item);
    });
    expect(items).to.deep.equal(Array.from({ length: 1000 }, (_, item) => item));
  });

  it('receivers are served first come first served, over all clones, and each item goes to one', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordItems, 'a', receive, log);
      tg.startSoon(recordItems, 'b', receive.clone(), log);
      tg.startSoon(recordItems, 'c', receive, log);
      yield* settle();
      for (let item = 1; item <= 3; item++) send.sendNowait(item);
      yield* settle();
      send.close();
    });
    expect(log).to.deep.equal([
      'a got 1',
      'b got 2',
      'c got 3',
      'a: EndOfStream',
      'b: EndOfStream',
      'c: EndOfStream',
    ]);
  });

  it('what is in the buffer is received before the end; then the end comes again and again', function* () {
    const [send, receive] = createMemoryObjectStream<string>(1);
    yield* send.send('last');
    send.close();
    expect(yield* receive.receive()).to.equal('last');
    for (let time = 0; time < 2; time++) {
      expect(yield* receive.next()).to.deep.equal({ done: true, value: undefined });
      let error: unknown;
      try {
        yield* receive.receive();
      } catch (caught) {
        error = caught;
      }
      expect(error).to.be.instanceOf(EndOfStream);
      expect(thrown(() => receive.receiveNowait())).to.be.instanceOf(EndOfStream);
    }
  });

  it('closing the last receive stream breaks the stream for senders, waiting or coming', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    const clone = receive.clone();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordSends, 'a', send, [1], log);
      yield* settle();
      receive.close();
      yield* settle();
      log.push('one receive stream is left');
      clone.close();
      yield* settle();
      expect(thrown(() => send.sendNowait(2))).to.be.instanceOf(BrokenResourceError);
      yield* recordSends('b', send, [3], log);
    });
    expect(log).to.deep.equal([
      'one receive stream is left',
      'a: BrokenResourceError',
      'b: BrokenResourceError',
    ]);
  });

  it('the stream ends only when every clone of the send stream is closed', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    const clone = send.clone();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordItems, 'a', receive, log);
      yield* settle();
      send.close();
      send.close();
      yield* clone.send(1);
      yield* settle();
      log.push(`${receive.statistics().openSendStreams} send stream is open`);
      clone.close();
    });
    expect(log).to.deep.equal(['a got 1', '1 send stream is open', 'a: EndOfStream']);
  });

  it('R2: closing a receive stream wakes the tasks parked on it, and those on its clones stay', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    const clone = receive.clone();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordItems, 'a', receive, log);
      tg.startSoon(recordItems, 'b', clone, log);
      tg.startSoon(recordItems, 'c', receive, log);
      yield* settle();
      receive.close();
      yield* settle();
      send.sendNowait(1);
      yield* settle();
      send.close();
    });
    expect(log).to.deep.equal([
      'a: ClosedResourceError',
      'c: ClosedResourceError',
      'b got 1',
      'b: EndOfStream',
    ]);
  });

  it('R2: closing a send stream wakes the tasks parked on it, whose items were not sent', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<string>();
    const clone = send.clone();
    yield* taskGroup(function* (tg) {
      tg.startSoon(recordSends, 'a', send, ['a1'], log);
      tg.startSoon(recordSends, 'b', clone, ['b1'], log);
      yield* settle();
      send.close();
      yield* settle();
      log.push(`main got ${yield* receive.receive()}`);
      yield* settle();
      clone.close();
      log.push(`main: ${(yield* receive.next()).done}`);
    });
    expect(log).to.deep.equal(['a: ClosedResourceError', 'b sent b1', 'main got b1', 'main: true']);
  });

  it('R2: next() and forEach() on a closed end fail too, parked or not', function* () {
    const log: string[] = [];
    const [, receive] = createMemoryObjectStream<string>();
    yield* taskGroup(function* (tg) {
      for (const operation of [() => receive.next(), () => receive.forEach(function* () {})]) {
        tg.startSoon(function* () {
          for (const when of ['parked', 'closed']) {
            try {
              yield* operation();
            } catch (error) {
              log.push(`${when}: ${nameOf(error)}`);
            }
          }
        });
      }
      yield* settle();
      receive.close();
    });
    expect(log.sort()).to.deep.equal([
      'closed: ClosedResourceError',
      'closed: ClosedResourceError',
      'parked: ClosedResourceError',
      'parked: ClosedResourceError',
    ]);
  });

  it('a closed end can be neither used nor cloned; the error says what to do', function* () {
    const [send, receive] = createMemoryObjectStream<number>(1);
    send.close();
    receive.close();
    for (const use of [
      () => send.sendNowait(1),
      () => send.clone(),
      () => receive.receiveNowait(),
      () => receive.clone(),
    ]) {
      const error = thrown(use);
      expect(error).to.be.instanceOf(ClosedResourceError);
      expect((error as Error).message).to.match(/closed here; take a clone\(\)/);
    }
  });

  it('a cancelled receive takes nothing; a cancelled send leaves nothing', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<string>();
    yield* taskGroup(function* (tg) {
      const receiver = tg.startSoon(recordItems, 'a', receive, log);
      yield* settle();
      receiver.cancel();
      expect(thrown(() => send.sendNowait('too late'))).to.be.instanceOf(WouldBlock);
      yield* settle();
      const sender = tg.startSoon(recordSends, 'b', send, ['withdrawn'], log);
      yield* settle();
      sender.cancel();
      expect(thrown(() => receive.receiveNowait())).to.be.instanceOf(WouldBlock);
      yield* settle();
      const { tasksWaitingReceive, tasksWaitingSend, currentBufferUsed } = send.statistics();
      log.push(`${tasksWaitingReceive} ${tasksWaitingSend} ${currentBufferUsed}`);
    });
    expect(log).to.deep.equal(['a: Cancelled', 'b: Cancelled', '0 0 0']);
  });

  it('an item that has been handed over is received although a cancellation comes before the receiver runs', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    yield* taskGroup(function* (tg) {
      const receiver = tg.startSoon(recordItems, 'a', receive, log);
      yield* settle();
      send.sendNowait(1);
      receiver.cancel();
    });
    expect(log).to.deep.equal(['a got 1', 'a: Cancelled']);
  });

  it('in a cancelled scope nothing is sent and nothing is received, though it would be possible', function* () {
    const [send, receive] = createMemoryObjectStream<number>(2);
    send.sendNowait(1);
    for (const operation of [() => send.send(2), () => receive.receive(), () => receive.next()]) {
      const scope = yield* cancelScope(function* (scope) {
        scope.cancel();
        yield* operation();
      });
      expect(scope).to.equal(undefined);
      expect(send.statistics().currentBufferUsed).to.equal(1);
    }
  });

  it('every send and receive is a checkpoint, though there is room and something to receive', function* () {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>(2);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        log.push('other 1');
        yield* checkpoint();
        log.push('other 2');
        yield* checkpoint();
        log.push('other 3');
      });
      yield* send.send(1);
      log.push('sent');
      yield* receive.receive();
      log.push('received');
    });
    expect(log).to.deep.equal(['other 1', 'sent', 'other 2', 'received', 'other 3']);
  });

  it('a receive effect can be kept and yielded again', function* () {
    const [send, receive] = createMemoryObjectStream<number>(3);
    const take = receive.receive();
    for (const item of [1, 2, 3]) send.sendNowait(item);
    expect([yield* take, yield* take, yield* take]).to.deep.equal([1, 2, 3]);
    const put = send.send(4);
    yield* put;
    yield* put;
    expect([receive.receiveNowait(), receive.receiveNowait()]).to.deep.equal([4, 4]);
  });

  it('undefined, null and symbols are items like any other', function* () {
    const items = [undefined, null, Symbol('item'), 0, ''];
    const received: unknown[] = [];
    const [send, receive] = createMemoryObjectStream<unknown>(Infinity);
    for (const item of items) send.sendNowait(item);
    send.close();
    yield* receive.forEach(function* (item) {
      received.push(item);
    });
    expect(received).to.deep.equal(items);
  });

  it('forEach runs its body for one item after the other, waits in it, and passes its errors on', async () => {
    const log: string[] = [];
    const error = await rejection(
      run(function* () {
        const [send, receive] = createMemoryObjectStream<number>(3);
        for (const item of [1, 2, 3]) send.sendNowait(item);
        yield* receive.forEach(function* (item) {
          log.push(`begin ${item}`);
          yield* checkpoint();
          log.push(`end ${item}`);
          if (item === 2) throw new Error('two is bad');
        });
      }),
    );
    expect(log).to.deep.equal(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect((error as Error).message).to.equal('two is bad');
  });

  it('using closes an end, or both', function* () {
    {
      const pair = createMemoryObjectStream<number>();
      {
        using both = pair;
        expect(both).to.have.length(2);
      }
      const { openSendStreams, openReceiveStreams } = pair[0].statistics();
      expect([openSendStreams, openReceiveStreams]).to.deep.equal([0, 0]);
      const [send, receive] = createMemoryObjectStream<number>(1);
      {
        using end = send;
        end.sendNowait(1);
      }
      expect(yield* receive.receive()).to.equal(1);
      expect((yield* receive.next()).done).to.equal(true);
    }
  });

  it('statistics tell what the stream holds and who waits', function* () {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const [clone] = [send.clone()];
    yield* taskGroup(function* (tg) {
      for (let item = 0; item < 3; item++) tg.startSoon(() => send.send(item));
      yield* settle();
      expect(receive.statistics()).to.deep.equal({
        currentBufferUsed: 1,
        maxBufferSize: 1,
        openSendStreams: 2,
        openReceiveStreams: 1,
        tasksWaitingSend: 2,
        tasksWaitingReceive: 0,
      });
      clone.close();
      for (let item = 0; item < 3; item++) expect(receive.receiveNowait()).to.equal(item);
    });
  });
});

describe('createMemoryObjectStream', () => {
  it('refuses sizes that are none', () => {
    for (const size of [-1, 0.5, Number.NaN, -Infinity]) {
      expect(
        thrown(() => createMemoryObjectStream(size)),
        String(size),
      ).to.be.instanceOf(RangeError);
    }
    for (const size of ['1', null, {}]) {
      const error = thrown(() => Reflect.apply(createMemoryObjectStream, undefined, [size]));
      expect(error, String(size)).to.be.instanceOf(TypeError);
    }
  });

  it('does not hold on to an item that has been received, nor to the task that had to wait with it', async () => {
    const [send, receive] = createMemoryObjectStream<object>(0);
    const passed: WeakRef<object>[] = [];
    await run(() =>
      taskGroup(function* (tg) {
        tg.startSoon(function* () {
          const item = {};
          passed.push(new WeakRef(item), new WeakRef(currentTask()));
          yield* send.send(item);
        });
        yield* settle();
        yield* receive.receive();
      }),
    );
    await new Promise(setImmediate); // a WeakRef keeps its target until the host callback is over
    (globalThis.gc as () => void)();
    expect(passed.map((reference) => reference.deref())).deep.equal([undefined, undefined]);
    expect(send.statistics().tasksWaitingSend).equal(0);
  });

  it('a task that waits for a partner who never comes is a deadlock, named as such', () => {
    const error = thrown(() =>
      runSync(function* () {
        const [, receive] = createMemoryObjectStream<number>();
        yield* receive.receive();
      }),
    );
    expect(error).to.be.instanceOf(DeadlockError);
    expect((error as Error).message).to.include('receive on stream (0/0, 1 waiting)');
  });

  it('forEach refuses a body that is no generator function', () => {
    const [, receive] = createMemoryObjectStream<number>();
    expect(thrown(() => Reflect.apply(receive.forEach, receive, [undefined]))).to.be.instanceOf(TypeError);
  });
});

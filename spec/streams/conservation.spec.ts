/**
 * Items are conserved, whatever is cancelled, closed and cloned when: each item whose send returned is received exactly
 * once or is still in the buffer, none whose send threw is received, and each receiver sees the items of one sender in
 * the order in which they were sent.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Coroutine, isCancelled, runSync, sleep, taskGroup } from 'treadle';
import type { MemoryObjectReceiveStream } from '../../lib/streams/memory-object-receive-stream.js';
import type { MemoryObjectSendStream } from '../../lib/streams/memory-object-send-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';

type Form = 'receive' | 'next' | 'forEach' | 'nowait';

/** A task on one end: it works at times of its own, on a clone or on the first end, and is perhaps cancelled. */
interface Worker {
  readonly startAt: number;
  readonly pause: number;
  readonly onClone: boolean;
  readonly cancelAt: number | undefined;
  readonly closeAt: number | undefined;
}

interface Sender extends Worker {
  readonly count: number;
  readonly nowait: boolean;
}

interface Receiver extends Worker {
  readonly form: Form;
}

interface Program {
  readonly size: number;
  readonly senders: readonly Sender[];
  readonly receivers: readonly Receiver[];
}

interface Item {
  readonly sender: number;
  readonly index: number;
}

const time = fc.integer({ min: 0, max: 12 });
const worker = {
  startAt: fc.integer({ min: 0, max: 4 }),
  pause: fc.integer({ min: 0, max: 2 }),
  onClone: fc.boolean(),
  cancelAt: fc.option(time, { nil: undefined }),
  closeAt: fc.option(time, { nil: undefined, freq: 3 }),
};
const programs: fc.Arbitrary<Program> = fc.record({
  size: fc.constantFrom(0, 1, 2, 5, Infinity),
  senders: fc.array(fc.record({ ...worker, count: fc.integer({ min: 1, max: 8 }), nowait: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
  receivers: fc.array(
    fc.record({ ...worker, form: fc.constantFrom<Form>('receive', 'next', 'forEach', 'nowait') }),
    { maxLength: 4 },
  ),
});

const keyOf = ({ sender, index }: Item) => `${sender}.${index}`;

/** Every error that a stream may throw, and nothing else, ends a worker. */
const EXPECTED = ['EndOfStream', 'ClosedResourceError', 'BrokenResourceError', 'WouldBlock'];

function* tolerant(body: () => Coroutine<void>): Coroutine<void> {
  try {
    yield* body();
  } catch (error) {
    if (isCancelled(error)) throw error;
    if (!EXPECTED.includes((error as Error).name)) throw error;
  }
}

function* sendAll(
  stream: MemoryObjectSendStream<Item>,
  sender: number,
  plan: Sender,
  sent: Item[],
): Coroutine<void> {
  for (let index = 0; index < plan.count; index++) {
    if (plan.pause > 0) yield* sleep(plan.pause);
    const item = { sender, index };
    if (plan.nowait) stream.sendNowait(item);
    else yield* stream.send(item);
    sent.push(item);
  }
}

function* receiveAll(
  stream: MemoryObjectReceiveStream<Item>,
  plan: Receiver,
  received: Item[],
): Coroutine<void> {
  if (plan.form === 'forEach') {
    yield* stream.forEach(function* (item) {
      received.push(item);
      if (plan.pause > 0) yield* sleep(plan.pause);
    });
    return;
  }
  for (;;) {
    if (plan.pause > 0 || plan.form === 'nowait') yield* sleep(plan.pause + 1);
    if (plan.form === 'next') {
      const result = yield* stream.next();
      if (result.done) return;
      received.push(result.value);
    } else received.push(plan.form === 'nowait' ? stream.receiveNowait() : yield* stream.receive());
  }
}

interface Outcome {
  readonly sent: Item[];
  readonly received: Item[][];
  readonly left: Item[];
  readonly waiting: number;
}

function* play(program: Program): Coroutine<Outcome> {
  const [send, receive] = createMemoryObjectStream<Item>(program.size);
  const keep = receive.clone(); // holds the stream open, to see at the end what is in the buffer
  const sent: Item[] = [];
  const received = program.receivers.map((): Item[] => []);
  yield* taskGroup(function* (tg) {
    function launch<E extends { clone(): E; close(): void }>(
      first: E,
      plan: Worker,
      body: (end: E) => Coroutine<void>,
    ) {
      const end = plan.onClone ? first.clone() : first;
      const handle = tg.startSoon(function* () {
        yield* sleep(plan.startAt);
        yield* tolerant(() => body(end));
      });
      for (const [at, action] of [
        [plan.cancelAt, () => handle.cancel()],
        [plan.closeAt, () => end.close()],
      ] as const) {
        if (at === undefined) continue;
        tg.startSoon(function* () {
          yield* sleep(at);
          action();
        });
      }
    }
    program.senders.forEach((plan, index) => {
      launch(send, plan, (end) => sendAll(end, index, plan, sent));
    });
    program.receivers.forEach((plan, index) => {
      launch(receive, plan, (end) => receiveAll(end, plan, received[index] as Item[]));
    });
    yield* sleep(100);
    tg.cancel();
  });
  const { tasksWaitingReceive, tasksWaitingSend } = keep.statistics();
  const left: Item[] = [];
  while (keep.statistics().currentBufferUsed > 0) left.push(keep.receiveNowait());
  return { sent, received, left, waiting: tasksWaitingReceive + tasksWaitingSend };
}

describe('memory object stream: conservation of items', () => {
  it('under random cancels, closes and clones no item is lost, doubled or overtaken', function () {
    this.timeout(60_000);
    let handedOver = 0;
    let cutShort = 0;
    fc.assert(
      fc.property(programs, (program) => {
        const { sent, received, left, waiting } = runSync(() => play(program));
        const arrived = [...received.flat(), ...left];
        expect(arrived.map(keyOf).sort()).to.deep.equal(sent.map(keyOf).sort());
        for (const items of received) {
          program.senders.forEach((_, sender) => {
            const order = items.filter((item) => item.sender === sender).map(({ index }) => index);
            expect(order).to.deep.equal([...order].sort((a, b) => a - b));
          });
        }
        expect(waiting).to.equal(0);
        handedOver += arrived.length - left.length;
        if (sent.length < program.senders.reduce((sum, { count }) => sum + count, 0)) cutShort++;
      }),
      { numRuns: 400 },
    );
    // The programs are worth something: items did go through, and senders were stopped on their way.
    expect(handedOver).to.be.greaterThan(400);
    expect(cutShort).to.be.greaterThan(40);
  });
});

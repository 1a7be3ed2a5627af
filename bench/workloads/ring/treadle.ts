import {
  type Coroutine,
  createMemoryObjectStream,
  type Effect,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  run,
  suspend,
  type TaskHandle,
  taskGroup,
} from '../../../lib/index.js';
import { PENDING, WaitQueue, waitEffects } from '../../../lib/lowlevel.js';
import type { Params } from '../../harness/contract.js';
import { RING } from '../ring.js';

/**
 * One slot: a token that comes before anybody waits is kept. A primitive as users write their own, on the fair queue that
 * is under all of Treadle's. The effect that waits for a token is a value like any other: made once, yielded at every round.
 */
class Mailbox {
  private static readonly taking = waitEffects<Mailbox, undefined, number>({
    name: 'mailbox.take',
    tryNow: (mailbox) => mailbox.take(),
    queueOf: (mailbox) => mailbox.queue,
  });

  readonly token: Effect<number> = Mailbox.taking(this, undefined);
  private held: number | undefined = undefined;
  private readonly queue = new WaitQueue<undefined, number>(undefined, { reuse: true });

  put(token: number): void {
    const waiter = this.queue.shift();
    if (waiter === null) this.held = token;
    else waiter.wake(token);
  }

  private take(): number | typeof PENDING {
    const { held } = this;
    if (held === undefined) return PENDING;
    this.held = undefined;
    return held;
  }
}

/** The same with callbacks, as one waits for something that is no Treadle. */
class CallbackMailbox {
  private held: number | undefined = undefined;
  private waiting: ((token: number) => void) | undefined = undefined;
  private readonly giveUp = (): void => {
    this.waiting = undefined;
  };

  readonly token: Effect<number> = suspend<number>((resume) => this.take(resume), { foreign: false });

  put(token: number): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.held = token;
    else waiting(token);
  }

  private take(resume: (token: number) => void): () => void {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) this.waiting = resume;
    else resume(held);
    return this.giveUp;
  }
}

interface Slot {
  readonly token: Effect<number>;
  put(token: number): void;
}

function* byYield(own: Slot, next: Slot, n: number): Coroutine<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = (yield own.token) as number;
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

function* byDelegation(own: Slot, next: Slot, n: number): Coroutine<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = yield* own.token;
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

function* main(member: typeof byYield, box: () => Slot, n: number): Coroutine<number> {
  const boxes = Array.from({ length: RING }, box);
  const members = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles = boxes.map((own, i) => tg.startSoon(member, own, boxes[(i + 1) % RING]!, n));
    boxes[0]!.put(0);
    return handles;
  });
  let sum = 0;
  for (const handle of members) sum = (sum + handle.returnValue) | 0;
  return sum;
}

function* byStream(
  own: MemoryObjectReceiveStream<number>,
  next: MemoryObjectSendStream<number>,
  n: number,
): Coroutine<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = yield* own.receive();
    sum = (sum + token) | 0;
    if (token + 1 < n) yield* next.send(token + 1);
  }
  return sum;
}

function* streamRing(n: number): Coroutine<number> {
  const boxes = Array.from({ length: RING }, () => createMemoryObjectStream<number>(1));
  const members = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>[]> {
    const handles = boxes.map(([, own], i) => tg.startSoon(byStream, own, boxes[(i + 1) % RING]![0], n));
    yield* boxes[0]![0].send(0);
    return handles;
  });
  let sum = 0;
  for (const handle of members) sum = (sum + handle.returnValue) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, () => new Mailbox(), n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, () => new Mailbox(), n)),
  /** `yield`, the mailbox made of `suspend`. */
  suspend: ({ n }: Params) => run(() => main(byYield, () => new CallbackMailbox(), n)),
  stream: ({ n }: Params) => run(() => streamRing(n)),
};

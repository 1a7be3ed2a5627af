import type { Coroutine, MemoryObjectReceiveStream, MemoryObjectSendStream } from '../../../lib/index.js';
import { createMemoryObjectStream, run, taskGroup } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { ROOM, WORKERS } from '../pipeline.js';

type Send = MemoryObjectSendStream<number>;
type Receive = MemoryObjectReceiveStream<number>;

interface Stages {
  produce(send: Send, n: number): Coroutine<void>;
  work(receive: Receive, send: Send): Coroutine<void>;
  collect(receive: Receive, n: number): Coroutine<number>;
}

const byYield: Stages = {
  *produce(send, n) {
    for (let i = 0; i < n; i++) yield send.send(i);
  },
  *work(receive, send) {
    for (;;) yield send.send((yield receive.receive()) as number);
  },
  *collect(receive, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + ((yield receive.receive()) as number)) | 0;
    return sum;
  },
};

const byDelegation: Stages = {
  *produce(send, n) {
    for (let i = 0; i < n; i++) yield* send.send(i);
  },
  *work(receive, send) {
    for (;;) yield* send.send(yield* receive.receive());
  },
  *collect(receive, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (yield* receive.receive())) | 0;
    return sum;
  },
};

function* main({ produce, work, collect }: Stages, n: number): Coroutine<number> {
  const [made, toDo] = createMemoryObjectStream<number>(ROOM);
  const [done, results] = createMemoryObjectStream<number>(ROOM);
  let sum = 0;
  yield* taskGroup(function* (tg): Coroutine<void> {
    tg.startSoon(produce, made, n);
    for (let i = 0; i < WORKERS; i++) tg.startSoon(work, toDo, done);
    sum = yield* tg.startSoon(collect, results, n);
    tg.cancel();
  });
  return sum;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

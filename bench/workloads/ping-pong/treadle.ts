import {
  type Coroutine,
  createMemoryObjectStream,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  run,
  type TaskHandle,
  taskGroup,
} from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';

type Send = MemoryObjectSendStream<number>;
type Receive = MemoryObjectReceiveStream<number>;

interface Players {
  ponger(receive: Receive, send: Send, n: number): Coroutine<void>;
  pinger(send: Send, receive: Receive, n: number): Coroutine<number>;
}

const byYield: Players = {
  *ponger(receive, send, n) {
    for (let i = 0; i < n; i++) yield send.send((yield receive.receive()) as number);
  },
  *pinger(send, receive, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield send.send(i);
      sum = (sum + ((yield receive.receive()) as number)) | 0;
    }
    return sum;
  },
};

const byDelegation: Players = {
  *ponger(receive, send, n) {
    for (let i = 0; i < n; i++) yield* send.send(yield* receive.receive());
  },
  *pinger(send, receive, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* send.send(i);
      sum = (sum + (yield* receive.receive())) | 0;
    }
    return sum;
  },
};

function* main({ pinger, ponger }: Players, n: number): Coroutine<number> {
  const [ping, pinged] = createMemoryObjectStream<number>(1);
  const [pong, ponged] = createMemoryObjectStream<number>(1);
  const pinging = yield* taskGroup(function* (tg): Coroutine<TaskHandle<number>> {
    tg.startSoon(ponger, pinged, pong, n);
    return tg.startSoon(pinger, ping, ponged, n);
  });
  return pinging.returnValue;
}

export default {
  yield: ({ n }: Params) => run(() => main(byYield, n)),
  'yield*': ({ n }: Params) => run(() => main(byDelegation, n)),
};

import type { Params } from '../../harness/contract.js';
import { type Body, Group, run } from '../../harness/floor.js';
import { FloorChannel } from '../../harness/floor-channel.js';

interface Players {
  ponger(pinged: FloorChannel, pong: FloorChannel, n: number): Body;
  pinger(ping: FloorChannel, ponged: FloorChannel, n: number): Body;
}

const byYield: Players = {
  *ponger(pinged, pong, n) {
    for (let i = 0; i < n; i++) yield pong.send((yield pinged.receive()) as number);
    return undefined;
  },
  *pinger(ping, ponged, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield ping.send(i);
      sum = (sum + ((yield ponged.receive()) as number)) | 0;
    }
    return sum;
  },
};

const byDelegation: Players = {
  *ponger(pinged, pong, n) {
    for (let i = 0; i < n; i++) yield* pong.send((yield* pinged.receive()) as number);
    return undefined;
  },
  *pinger(ping, ponged, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* ping.send(i);
      sum = (sum + ((yield* ponged.receive()) as number)) | 0;
    }
    return sum;
  },
};

function* main({ ponger, pinger }: Players, n: number): Body {
  const ping = new FloorChannel(1);
  const pong = new FloorChannel(1);
  const group = new Group();
  group.spawn(ponger(ping, pong, n));
  const task = group.spawn(pinger(ping, pong, n));
  yield group;
  return task.value;
}

export default {
  yield: ({ n }: Params) => run(main(byYield, n)) as number,
  /** The protocol of `yield*`, at its barest. */
  'yield*': ({ n }: Params) => run(main(byDelegation, n)) as number,
};

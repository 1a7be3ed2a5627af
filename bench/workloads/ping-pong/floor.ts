import type { Sample } from '../../harness/contract.js';
import { type Body, Group, run } from '../../harness/floor.js';
import { FloorChannel } from '../../harness/floor-channel.js';

function* ponger(pinged: FloorChannel, pong: FloorChannel, n: number): Body {
  for (let i = 0; i < n; i++) yield pong.send((yield pinged.receive()) as number);
  return undefined;
}

function* pinger(ping: FloorChannel, ponged: FloorChannel, n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield ping.send(i);
    sum = (sum + ((yield ponged.receive()) as number)) | 0;
  }
  return sum;
}

function* main(n: number): Body {
  const ping = new FloorChannel(1);
  const pong = new FloorChannel(1);
  const group = new Group();
  group.spawn(ponger(ping, pong, n));
  const task = group.spawn(pinger(ping, pong, n));
  yield group;
  return task.value;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

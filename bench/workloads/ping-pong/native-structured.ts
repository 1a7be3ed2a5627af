import type { Sample } from '../../harness/contract.js';
import { CancellableChannel } from '../../harness/native-channel.js';
import { PromiseGroup } from '../../harness/native-group.js';

type Channel = CancellableChannel<number>;

async function ponger(pinged: Channel, pong: Channel, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await pong.send(await pinged.receive());
}

async function pinger(ping: Channel, ponged: Channel, n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    await ping.send(i);
    sum = (sum + (await ponged.receive())) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n }) => {
  let sum = 0;
  await PromiseGroup.run(async (group) => {
    const ping = new CancellableChannel<number>(1, group.signal);
    const pong = new CancellableChannel<number>(1, group.signal);
    group.spawn(() => ponger(ping, pong, n));
    sum = await pinger(ping, pong, n);
  });
  return sum;
};
export default sample;

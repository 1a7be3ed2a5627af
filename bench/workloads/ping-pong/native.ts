import type { Sample } from '../../harness/contract.js';
import { NativeChannel } from '../../harness/native-channel.js';

async function ponger(pinged: NativeChannel<number>, pong: NativeChannel<number>, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await pong.send(await pinged.receive());
}

async function pinger(
  ping: NativeChannel<number>,
  ponged: NativeChannel<number>,
  n: number,
): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    await ping.send(i);
    sum = (sum + (await ponged.receive())) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n }) => {
  const ping = new NativeChannel<number>(1);
  const pong = new NativeChannel<number>(1);
  const [, sum] = await Promise.all([ponger(ping, pong, n), pinger(ping, pong, n)]);
  return sum;
};
export default sample;

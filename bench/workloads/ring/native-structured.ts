import type { Sample } from '../../harness/contract.js';
import { CancellableChannel } from '../../harness/native-channel.js';
import { PromiseGroup } from '../../harness/native-group.js';
import { RING } from '../ring.js';

type Box = CancellableChannel<number>;

async function member(own: Box, next: Box, n: number): Promise<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = await own.receive();
    sum = (sum + token) | 0;
    if (token + 1 < n) await next.send(token + 1);
  }
  return sum;
}

const sample: Sample = async ({ n }) => {
  const members: Promise<number>[] = [];
  await PromiseGroup.run(async (group) => {
    const boxes = Array.from({ length: RING }, () => new CancellableChannel<number>(1, group.signal));
    for (const [i, own] of boxes.entries())
      members.push(group.spawn(() => member(own, boxes[(i + 1) % RING]!, n)));
    await boxes[0]!.send(0);
  });
  let sum = 0;
  for (const value of await Promise.all(members)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

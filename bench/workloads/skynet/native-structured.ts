import type { Sample } from '../../harness/contract.js';
import { PromiseGroup } from '../../harness/native-group.js';
import { FAN_OUT } from '../skynet.js';

async function node(first: number, leaves: number): Promise<number> {
  if (leaves === 1) {
    await null;
    return first;
  }
  const size = leaves / FAN_OUT;
  const children: Promise<number>[] = [];
  await PromiseGroup.run(async (group) => {
    for (let i = 0; i < FAN_OUT; i++) children.push(group.spawn(() => node(first + i * size, size)));
  });
  let sum = 0;
  for (const value of await Promise.all(children)) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => node(0, n);
export default sample;

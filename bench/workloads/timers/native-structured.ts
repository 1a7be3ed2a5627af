import type { Sample } from '../../harness/contract.js';
import { PromiseGroup } from '../../harness/native-group.js';
import { delay } from '../../programs/native/delay.js';
import { delayOf } from '../timers.js';

async function sleeper(i: number, signal: AbortSignal): Promise<number> {
  await delay(delayOf(i), signal);
  return i;
}

const sample: Sample = async ({ n }) => {
  const sleepers: Promise<number>[] = [];
  await PromiseGroup.run(async (group) => {
    for (let i = 0; i < n; i++) sleepers.push(group.spawn((signal) => sleeper(i, signal)));
  });
  let sum = 0;
  for (const value of await Promise.all(sleepers)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

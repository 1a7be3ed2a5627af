import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

async function sleeper(i: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, delayOf(i)));
  return i;
}

const sample: Sample = async ({ n }) => {
  const sleepers: Promise<number>[] = [];
  for (let i = 0; i < n; i++) sleepers.push(sleeper(i));
  let sum = 0;
  for (const value of await Promise.all(sleepers)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

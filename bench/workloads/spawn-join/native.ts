import type { Sample } from '../../harness/contract.js';

async function child(i: number): Promise<number> {
  await null;
  return i;
}

const sample: Sample = async ({ n }) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (await child(i))) | 0;
  return sum;
};
export default sample;

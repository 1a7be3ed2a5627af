import type { Sample } from '../../harness/contract.js';

async function child(i: number): Promise<number> {
  await null;
  return i;
}

const sample: Sample = async ({ n }) => {
  const children: Promise<number>[] = [];
  for (let i = 0; i < n; i++) children.push(child(i));
  let sum = 0;
  for (const value of await Promise.all(children)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

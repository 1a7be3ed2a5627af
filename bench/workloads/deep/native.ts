import type { Sample } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

async function recurse(depth: number): Promise<number> {
  if (depth > 1) return await recurse(depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    await null;
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n, depth }) => {
  let sum = 0;
  for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (await recurse(depth))) | 0;
  return sum;
};
export default sample;

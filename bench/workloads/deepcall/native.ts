import type { Sample } from '../../harness/contract.js';

async function descend(depth: number): Promise<number> {
  if (depth > 1) return (await descend(depth - 1)) + 1;
  await null;
  return 1;
}

const sample: Sample = async ({ n, depth }) => {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += await descend(depth);
  return sum;
};
export default sample;

import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n }) => {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    await null;
    sum = (sum + i) | 0;
  }
  return sum;
};
export default sample;

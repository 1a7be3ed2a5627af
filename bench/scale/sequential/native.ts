import type { Sequence } from './contract.js';

async function child(i: number): Promise<number> {
  await null;
  return i & 1;
}

const sequence: Sequence = async (n, every, reading) => {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += await child(i);
    if ((i + 1) % every === 0) reading();
  }
  return sum;
};
export default sequence;

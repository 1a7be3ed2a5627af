import type { Sample } from '../../harness/contract.js';
import { PromiseGroup } from '../../harness/native-group.js';

async function child(i: number): Promise<number> {
  await null;
  return i;
}

const sample: Sample = async ({ n }) => {
  let sum = 0;
  await PromiseGroup.run(async (group) => {
    for (let i = 0; i < n; i++) sum = (sum + (await group.spawn(() => child(i)))) | 0;
  });
  return sum;
};
export default sample;

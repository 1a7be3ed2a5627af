import type { Sample } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

async function turns(n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    await null;
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n }) => {
  const tasks: Promise<number>[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(turns(n / TASKS));
  let sum = 0;
  for (const value of await Promise.all(tasks)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

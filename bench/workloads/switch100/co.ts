import co from 'co';
import type { Sample } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

function* turns(n: number): Generator<unknown, number, unknown> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield Promise.resolve();
    sum = (sum + i) | 0;
  }
  return sum;
}

/** An array of generators runs side by side. */
function* main(n: number): Generator<unknown, number, number[]> {
  const tasks = Array.from({ length: TASKS }, () => turns(n / TASKS));
  let sum = 0;
  for (const value of yield tasks) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => co(main, n);
export default sample;

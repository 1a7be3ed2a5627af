import co from 'co';
import type { Sample } from '../../harness/contract.js';

function* main(n: number): Generator<unknown, number, unknown> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield Promise.resolve();
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => co(main, n);
export default sample;

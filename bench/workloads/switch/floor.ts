import type { Sample } from '../../harness/contract.js';
import { type Body, pass, run } from '../../harness/floor.js';

function* main(n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

import type { Sample } from '../../harness/contract.js';
import { type Body, Join, pass, run } from '../../harness/floor.js';

function* child(i: number): Body {
  yield pass;
  return i;
}

function* main(n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + ((yield new Join(child(i))) as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

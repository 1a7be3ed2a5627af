import type { Sample } from '../../harness/contract.js';
import { type Body, Call, pass, run } from '../../harness/floor.js';
import { SUSPENSIONS } from '../deep10.js';

function* recurse(depth: number): Body {
  if (depth > 1) return yield new Call(recurse, depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number, depth: number): Body {
  let sum = 0;
  for (let done = 0; done < n; done += SUSPENSIONS) {
    sum = (sum + ((yield new Call(recurse, depth)) as number)) | 0;
  }
  return sum;
}

const sample: Sample = ({ n, depth }) => run(main(n, depth)) as number;
export default sample;

import type { Sample } from '../../harness/contract.js';
import { type Body, Call, pass, run } from '../../harness/floor.js';

function* descend(depth: number): Body {
  if (depth > 1) return ((yield new Call(descend, depth - 1)) as number) + 1;
  yield pass;
  return 1;
}

function* main(n: number, depth: number): Body {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += (yield new Call(descend, depth)) as number;
  return sum;
}

const sample: Sample = ({ n, depth }) => run(main(n, depth)) as number;
export default sample;

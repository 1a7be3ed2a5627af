import co from 'co';
import type { Sample } from '../../harness/contract.js';

function* descend(depth: number): Generator<unknown, number, number> {
  if (depth > 1) return (yield descend(depth - 1)) + 1;
  yield Promise.resolve();
  return 1;
}

function* main(n: number, depth: number): Generator<unknown, number, number> {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += yield descend(depth);
  return sum;
}

const sample: Sample = ({ n, depth }) => co(main, n, depth);
export default sample;

import co from 'co';
import type { Sample } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

function* recurse(depth: number): Generator<unknown, number, number> {
  if (depth > 1) return yield recurse(depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield Promise.resolve();
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number, depth: number): Generator<unknown, number, number> {
  let sum = 0;
  for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (yield recurse(depth))) | 0;
  return sum;
}

const sample: Sample = ({ n, depth }) => co(main, n, depth);
export default sample;

import co from 'co';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Generator<unknown, number, unknown> {
  yield Promise.resolve();
  return i;
}

/** An array of generators runs side by side. */
function* main(n: number): Generator<unknown, number, number[]> {
  const children: Generator[] = [];
  for (let i = 0; i < n; i++) children.push(child(i));
  let sum = 0;
  for (const value of yield children) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => co(main, n);
export default sample;

import { type Operation, run, until } from 'effection';
import type { Sample } from '../../harness/contract.js';

function* main(n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield* until(Promise.resolve());
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

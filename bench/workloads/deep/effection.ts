import { type Operation, run, until } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

function* recurse(depth: number): Operation<number> {
  if (depth > 1) return yield* recurse(depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield* until(Promise.resolve());
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number, depth: number): Operation<number> {
  let sum = 0;
  for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (yield* recurse(depth))) | 0;
  return sum;
}

const sample: Sample = async ({ n, depth }) => await run(() => main(n, depth));
export default sample;

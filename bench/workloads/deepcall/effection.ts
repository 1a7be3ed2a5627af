import { type Operation, run, until } from 'effection';
import type { Sample } from '../../harness/contract.js';

function* descend(depth: number): Operation<number> {
  if (depth > 1) return (yield* descend(depth - 1)) + 1;
  yield* until(Promise.resolve());
  return 1;
}

function* main(n: number, depth: number): Operation<number> {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += yield* descend(depth);
  return sum;
}

const sample: Sample = async ({ n, depth }) => await run(() => main(n, depth));
export default sample;

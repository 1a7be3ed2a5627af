import { type Operation, run, spawn, until } from 'effection';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Operation<number> {
  yield* until(Promise.resolve());
  return i;
}

function* main(n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const task = yield* spawn(() => child(i));
    sum = (sum + (yield* task)) | 0;
  }
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

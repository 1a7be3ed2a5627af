import { type Operation, run, spawn, type Task, until } from 'effection';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Operation<number> {
  yield* until(Promise.resolve());
  return i;
}

function* main(n: number): Operation<number> {
  const children: Task<number>[] = [];
  for (let i = 0; i < n; i++) children.push(yield* spawn(() => child(i)));
  let sum = 0;
  for (const task of children) sum = (sum + (yield* task)) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

import { type Operation, run, sleep, spawn, type Task } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

function* sleeper(i: number): Operation<number> {
  yield* sleep(delayOf(i));
  return i;
}

function* main(n: number): Operation<number> {
  const sleepers: Task<number>[] = [];
  for (let i = 0; i < n; i++) sleepers.push(yield* spawn(() => sleeper(i)));
  let sum = 0;
  for (const task of sleepers) sum = (sum + (yield* task)) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

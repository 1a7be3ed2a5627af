import { type Operation, run, spawn, type Task, until } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

function* turns(n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield* until(Promise.resolve());
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number): Operation<number> {
  const tasks: Task<number>[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(yield* spawn(() => turns(n / TASKS)));
  let sum = 0;
  for (const task of tasks) sum = (sum + (yield* task)) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

import { runSaga, type Task } from 'redux-saga';
import { call, delay, fork } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

function* sleeper(i: number) {
  yield delay(delayOf(i));
  return i;
}

/** Forks are attached: the call below ends when all sleepers have. */
function* group(n: number): Generator<unknown, Task[], Task> {
  const sleepers: Task[] = [];
  for (let i = 0; i < n; i++) sleepers.push(yield fork(sleeper, i));
  return sleepers;
}

function* main(n: number): Generator<unknown, number, Task[]> {
  let sum = 0;
  for (const task of yield call(group, n)) sum = (sum + (task.result<number>() ?? 0)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

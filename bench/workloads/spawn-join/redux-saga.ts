import { runSaga, type Task } from 'redux-saga';
import { fork, join } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function* child(i: number) {
  yield Promise.resolve();
  return i;
}

function* main(n: number): Generator<unknown, number, unknown> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const task = (yield fork(child, i)) as Task;
    sum = (sum + ((yield join(task)) as number)) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

import { runSaga, type Task } from 'redux-saga';
import { call, fork } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function* child(i: number) {
  yield Promise.resolve();
  return i;
}

/** Forks are attached: the call below ends when all children have. */
function* group(n: number): Generator<unknown, Task[], Task> {
  const children: Task[] = [];
  for (let i = 0; i < n; i++) children.push(yield fork(child, i));
  return children;
}

function* main(n: number): Generator<unknown, number, Task[]> {
  let sum = 0;
  for (const task of yield call(group, n)) sum = (sum + (task.result<number>() ?? 0)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

import { runSaga } from 'redux-saga';
import { all, call } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { TASKS } from '../switch100.js';

function* turns(n: number) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield Promise.resolve();
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(n: number): Generator<unknown, number, number[]> {
  const tasks = Array.from({ length: TASKS }, () => call(turns, n / TASKS));
  let sum = 0;
  for (const value of yield all(tasks)) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

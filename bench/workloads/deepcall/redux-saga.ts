import { runSaga } from 'redux-saga';
import { call } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function* descend(depth: number): Generator<unknown, number, number> {
  if (depth > 1) return (yield call(descend, depth - 1)) + 1;
  yield Promise.resolve();
  return 1;
}

function* main(n: number, depth: number): Generator<unknown, number, number> {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += yield call(descend, depth);
  return sum;
}

const sample: Sample = ({ n, depth }) => runSaga({}, main, n, depth).toPromise<number>();
export default sample;

import { runSaga } from 'redux-saga';
import { all, call, delay } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Generator<unknown, number, unknown> {
  yield delay(0);
  return i;
}

function* main(): Generator<unknown, number, [number, number]> {
  const [one, two] = yield all([call(child, 1), call(child, 2)]);
  return one + two;
}

const sample: Sample = () => runSaga({}, main).toPromise<number>();
export default sample;

import { type Channel, channel, runSaga } from 'redux-saga';
import { all, call, put, take } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { RING } from '../ring.js';

function* member(own: Channel<number>, next: Channel<number>, n: number): Generator<unknown, number, number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = yield take(own);
    sum = (sum + token) | 0;
    if (token + 1 < n) yield put(next, token + 1);
  }
  return sum;
}

function* main(n: number): Generator<unknown, number, number[]> {
  const boxes = Array.from({ length: RING }, () => channel<number>());
  yield put(boxes[0]!, 0);
  let sum = 0;
  for (const value of yield all(boxes.map((own, i) => call(member, own, boxes[(i + 1) % RING]!, n)))) {
    sum = (sum + value) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

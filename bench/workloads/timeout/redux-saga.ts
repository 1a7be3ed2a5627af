import { runSaga } from 'redux-saga';
import { call, delay, race } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

function* operation(i: number): Generator<unknown, number, unknown> {
  return i;
}

function* main(n: number): Generator<unknown, number, { value?: number }> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const { value } = yield race({ value: call(operation, i), timeout: delay(TIMEOUT) });
    if (value === undefined) throw new Error('timed out');
    sum = (sum + value) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

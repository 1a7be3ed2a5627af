import { runSaga } from 'redux-saga';
import { all, type CallEffect, call } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

function* node(first: number, leaves: number): Generator<unknown, number, number[]> {
  if (leaves === 1) {
    yield Promise.resolve();
    return first;
  }
  const size = leaves / FAN_OUT;
  const children: CallEffect[] = [];
  for (let i = 0; i < FAN_OUT; i++) children.push(call(node, first + i * size, size));
  let sum = 0;
  for (const value of yield all(children)) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, node, 0, n).toPromise<number>();
export default sample;

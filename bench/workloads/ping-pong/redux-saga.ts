import { buffers, type Channel, channel, runSaga } from 'redux-saga';
import { fork, put, take } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function* ponger(
  pinged: Channel<number>,
  pong: Channel<number>,
  n: number,
): Generator<unknown, void, number> {
  for (let i = 0; i < n; i++) yield put(pong, yield take(pinged));
}

/** A put never waits, and throws when the channel is full. Here it never is: there is one item about. */
function* main(n: number): Generator<unknown, number, unknown> {
  const ping = channel(buffers.fixed<number>(1));
  const pong = channel(buffers.fixed<number>(1));
  yield fork(ponger, ping, pong, n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield put(ping, i);
    sum = (sum + ((yield take(pong)) as number)) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

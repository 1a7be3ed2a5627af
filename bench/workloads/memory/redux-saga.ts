import { multicastChannel, runSaga, type Task } from 'redux-saga';
import { fork, join, put, take } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let ended = 0;
  const gate = multicastChannel<{ type: 'open' }>();

  function* parked() {
    yield take(gate, '*');
    ended++;
  }

  function* group() {
    for (let i = 0; i < n; i++) yield fork(parked);
  }

  function* main(): Generator<unknown, number, Task> {
    watch.start();
    // A fork runs at once up to its first wait: all are parked when this returns.
    const task = yield fork(group);
    watch.stop();
    yield put(gate, { type: 'open' });
    yield join(task);
    return ended;
  }
  return runSaga({}, main).toPromise<number>();
};
export default sample;

import { runSaga, type Task } from 'redux-saga';
import { cancel, fork } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let unwound = 0;

  function* parked() {
    try {
      yield new Promise(() => {});
    } finally {
      unwound++;
    }
  }

  function* group() {
    for (let i = 0; i < n; i++) yield fork(parked);
  }

  function* main(): Generator<unknown, number, Task> {
    // A fork runs at once up to its first wait: all are parked when this returns.
    const task = yield fork(group);
    watch.start();
    yield cancel(task);
    watch.stop();
    return unwound;
  }
  return runSaga({}, main).toPromise<number>();
};
export default sample;

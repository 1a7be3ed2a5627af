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

  function* group(tasks: Task[]): Generator<unknown, void, Task> {
    for (let i = 0; i < n; i++) tasks.push(yield fork(parked));
  }

  function* main(): Generator<unknown, number, Task> {
    const tasks: Task[] = [];
    watch.start();
    // A fork runs at once up to its first wait: all are parked when this returns.
    const task = yield fork(group, tasks);
    watch.stop();
    yield put(gate, { type: 'open' });
    yield join(task);
    yield join(tasks);
    return ended;
  }
  return runSaga({}, main).toPromise<number>();
};
export default sample;

import { runSaga, type Task } from 'redux-saga';
import { call, cancel, fork } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { SagaChannel } from '../../harness/saga-channel.js';
import { ROOM, WORKERS } from '../pipeline.js';

type Saga<T> = Generator<unknown, T, unknown>;

function* produce(made: SagaChannel, n: number): Saga<void> {
  for (let i = 0; i < n; i++) yield* made.send(i);
}

function* work(toDo: SagaChannel, done: SagaChannel): Saga<void> {
  for (;;) yield* done.send(yield* toDo.receive());
}

function* collect(results: SagaChannel, n: number): Saga<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (yield* results.receive())) | 0;
  return sum;
}

function* main(n: number): Saga<number> {
  const toDo = new SagaChannel(ROOM);
  const results = new SagaChannel(ROOM);
  const workers: Task[] = [];
  yield fork(produce, toDo, n);
  for (let i = 0; i < WORKERS; i++) workers.push((yield fork(work, toDo, results)) as Task);
  const sum = (yield call(collect, results, n)) as number;
  yield cancel(workers);
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;

import { Effect, Queue } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { ROOM, WORKERS } from '../pipeline.js';

const produce = (made: Queue.Queue<number>, n: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < n; i++) yield* Queue.offer(made, i);
  });

/** Interrupted when the fiber that has forked it ends. */
const work = (toDo: Queue.Queue<number>, done: Queue.Queue<number>) =>
  Effect.gen(function* () {
    for (;;) yield* Queue.offer(done, yield* Queue.take(toDo));
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const toDo = yield* Queue.bounded<number>(ROOM);
    const results = yield* Queue.bounded<number>(ROOM);
    yield* Effect.forkChild(produce(toDo, n));
    for (let i = 0; i < WORKERS; i++) yield* Effect.forkChild(work(toDo, results));
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (yield* Queue.take(results))) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

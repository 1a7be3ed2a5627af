import { type Operation, run, spawn } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { EffectionChannel } from '../../harness/effection-channel.js';
import { ROOM, WORKERS } from '../pipeline.js';

function* produce(made: EffectionChannel, n: number): Operation<void> {
  for (let i = 0; i < n; i++) yield* made.send(i);
}

/** Halted when the task that has spawned it ends. */
function* work(toDo: EffectionChannel, done: EffectionChannel): Operation<void> {
  for (;;) yield* done.send(yield* toDo.receive());
}

function* main(n: number): Operation<number> {
  const toDo = new EffectionChannel(ROOM);
  const results = new EffectionChannel(ROOM);
  yield* spawn(() => produce(toDo, n));
  for (let i = 0; i < WORKERS; i++) yield* spawn(() => work(toDo, results));
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (yield* results.receive())) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

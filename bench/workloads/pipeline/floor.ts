import type { Sample } from '../../harness/contract.js';
import { type Body, Group, run, spawn } from '../../harness/floor.js';
import { FloorChannel } from '../../harness/floor-channel.js';
import { ROOM, WORKERS } from '../pipeline.js';

function* produce(made: FloorChannel, n: number): Body {
  for (let i = 0; i < n; i++) yield made.send(i);
  return undefined;
}

/** Waits for ever in the end: what nobody refers to is collected. */
function* work(toDo: FloorChannel, done: FloorChannel): Body {
  for (;;) yield done.send((yield toDo.receive()) as number);
}

function* collect(results: FloorChannel, n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + ((yield results.receive()) as number)) | 0;
  return sum;
}

function* main(n: number): Body {
  const toDo = new FloorChannel(ROOM);
  const results = new FloorChannel(ROOM);
  const group = new Group();
  group.spawn(produce(toDo, n));
  for (let i = 0; i < WORKERS; i++) spawn(work(toDo, results));
  const collector = group.spawn(collect(results, n));
  yield group;
  return collector.value;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

import type { Params } from '../../harness/contract.js';
import { type Body, Group, run, spawn } from '../../harness/floor.js';
import { FloorChannel } from '../../harness/floor-channel.js';
import { ROOM, WORKERS } from '../pipeline.js';

interface Stages {
  produce(made: FloorChannel, n: number): Body;
  /** Waits for ever in the end: what nobody refers to is collected. */
  work(toDo: FloorChannel, done: FloorChannel): Body;
  collect(results: FloorChannel, n: number): Body;
}

const byYield: Stages = {
  *produce(made, n) {
    for (let i = 0; i < n; i++) yield made.send(i);
    return undefined;
  },
  *work(toDo, done) {
    for (;;) yield done.send((yield toDo.receive()) as number);
  },
  *collect(results, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + ((yield results.receive()) as number)) | 0;
    return sum;
  },
};

const byDelegation: Stages = {
  *produce(made, n) {
    for (let i = 0; i < n; i++) yield* made.send(i);
    return undefined;
  },
  *work(toDo, done) {
    for (;;) yield* done.send((yield* toDo.receive()) as number);
  },
  *collect(results, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + ((yield* results.receive()) as number)) | 0;
    return sum;
  },
};

function* main({ produce, work, collect }: Stages, n: number): Body {
  const toDo = new FloorChannel(ROOM);
  const results = new FloorChannel(ROOM);
  const group = new Group();
  group.spawn(produce(toDo, n));
  for (let i = 0; i < WORKERS; i++) spawn(work(toDo, results));
  const collector = group.spawn(collect(results, n));
  yield group;
  return collector.value;
}

export default {
  yield: ({ n }: Params) => run(main(byYield, n)) as number,
  /** The protocol of `yield*`, at its barest. */
  'yield*': ({ n }: Params) => run(main(byDelegation, n)) as number,
};

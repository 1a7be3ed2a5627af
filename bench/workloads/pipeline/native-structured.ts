import type { Sample } from '../../harness/contract.js';
import { CancellableChannel } from '../../harness/native-channel.js';
import { PromiseGroup } from '../../harness/native-group.js';
import { ROOM, WORKERS } from '../pipeline.js';

type Channel = CancellableChannel<number>;

async function produce(made: Channel, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await made.send(i);
}

async function work(toDo: Channel, done: Channel): Promise<void> {
  for (;;) await done.send(await toDo.receive());
}

async function collect(results: Channel, n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (await results.receive())) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => {
  let sum = 0;
  await PromiseGroup.run(async (group) => {
    const toDo = new CancellableChannel<number>(ROOM, group.signal);
    const results = new CancellableChannel<number>(ROOM, group.signal);
    group.spawn(() => produce(toDo, n));
    for (let i = 0; i < WORKERS; i++) group.spawn(() => work(toDo, results));
    sum = await collect(results, n);
    group.cancel();
  });
  return sum;
};
export default sample;

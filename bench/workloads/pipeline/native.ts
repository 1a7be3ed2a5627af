import type { Sample } from '../../harness/contract.js';
import { NativeChannel } from '../../harness/native-channel.js';
import { ROOM, WORKERS } from '../pipeline.js';

async function produce(made: NativeChannel<number>, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await made.send(i);
}

/** Waits for ever in the end: nothing here can be cancelled, and what nobody refers to is collected. */
async function work(toDo: NativeChannel<number>, done: NativeChannel<number>): Promise<void> {
  for (;;) await done.send(await toDo.receive());
}

async function collect(results: NativeChannel<number>, n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (await results.receive())) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => {
  const toDo = new NativeChannel<number>(ROOM);
  const results = new NativeChannel<number>(ROOM);
  for (let i = 0; i < WORKERS; i++) void work(toDo, results);
  const [, sum] = await Promise.all([produce(toDo, n), collect(results, n)]);
  return sum;
};
export default sample;

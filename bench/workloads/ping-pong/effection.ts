import { type Operation, run, spawn } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { EffectionChannel } from '../../harness/effection-channel.js';

function* ponger(pinged: EffectionChannel, pong: EffectionChannel, n: number): Operation<void> {
  for (let i = 0; i < n; i++) yield* pong.send(yield* pinged.receive());
}

function* pinger(ping: EffectionChannel, ponged: EffectionChannel, n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield* ping.send(i);
    sum = (sum + (yield* ponged.receive())) | 0;
  }
  return sum;
}

function* main(n: number): Operation<number> {
  const ping = new EffectionChannel(1);
  const pong = new EffectionChannel(1);
  const task = yield* spawn(() => ponger(ping, pong, n));
  const sum = yield* pinger(ping, pong, n);
  yield* task;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

import { createQueue, type Operation, type Queue, run, spawn } from 'effection';
import type { Sample } from '../../harness/contract.js';

/** Queues have no bound. Here they need none: there is one item about. */
type Numbers = Queue<number, never>;

function* ponger(pinged: Numbers, pong: Numbers, n: number): Operation<void> {
  for (let i = 0; i < n; i++) pong.add((yield* pinged.next()).value);
}

function* pinger(ping: Numbers, ponged: Numbers, n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    ping.add(i);
    sum = (sum + (yield* ponged.next()).value) | 0;
  }
  return sum;
}

function* main(n: number): Operation<number> {
  const ping = createQueue<number, never>();
  const pong = createQueue<number, never>();
  const ponging = yield* spawn(() => ponger(ping, pong, n));
  const pinging = yield* spawn(() => pinger(ping, pong, n));
  const sum = yield* pinging;
  yield* ponging;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

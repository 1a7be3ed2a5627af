import { Effect, Queue } from 'effect';
import type { Sample } from '../../harness/contract.js';

const ponger = (pinged: Queue.Queue<number>, pong: Queue.Queue<number>, n: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < n; i++) yield* Queue.offer(pong, yield* Queue.take(pinged));
    return 0;
  });

const pinger = (ping: Queue.Queue<number>, ponged: Queue.Queue<number>, n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      yield* Queue.offer(ping, i);
      sum = (sum + (yield* Queue.take(ponged))) | 0;
    }
    return sum;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const ping = yield* Queue.bounded<number>(1);
    const pong = yield* Queue.bounded<number>(1);
    const players = [ponger(ping, pong, n), pinger(ping, pong, n)] as const;
    const [, sum] = yield* Effect.all(players, { concurrency: 'unbounded' });
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

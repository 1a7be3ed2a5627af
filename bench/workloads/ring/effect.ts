import { Deferred, Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { RING } from '../ring.js';

interface Mailbox {
  token: Deferred.Deferred<number>;
}

const member = (own: Mailbox, next: Mailbox, n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let round = 0; round < n / RING; round++) {
      const token = yield* Deferred.await(own.token);
      own.token = yield* Deferred.make<number>();
      sum = (sum + token) | 0;
      if (token + 1 < n) yield* Deferred.succeed(next.token, token + 1);
    }
    return sum;
  });

const main = (n: number) =>
  Effect.gen(function* () {
    const boxes: Mailbox[] = [];
    for (let i = 0; i < RING; i++) boxes.push({ token: yield* Deferred.make<number>() });
    const members = boxes.map((own, i) => member(own, boxes[(i + 1) % RING]!, n));
    yield* Deferred.succeed(boxes[0]!.token, 0);
    let sum = 0;
    for (const value of yield* Effect.all(members, { concurrency: 'unbounded' })) sum = (sum + value) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

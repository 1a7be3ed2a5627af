import { type Operation, run, spawn, type Task, type WithResolvers, withResolvers } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { RING } from '../ring.js';

interface Mailbox {
  token: WithResolvers<number>;
}

function* member(own: Mailbox, next: Mailbox, n: number): Operation<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = yield* own.token.operation;
    own.token = withResolvers<number>();
    sum = (sum + token) | 0;
    if (token + 1 < n) next.token.resolve(token + 1);
  }
  return sum;
}

function* main(n: number): Operation<number> {
  const boxes: Mailbox[] = Array.from({ length: RING }, () => ({ token: withResolvers<number>() }));
  const members: Task<number>[] = [];
  for (const [i, own] of boxes.entries()) {
    members.push(yield* spawn(() => member(own, boxes[(i + 1) % RING]!, n)));
  }
  boxes[0]!.token.resolve(0);
  let sum = 0;
  for (const task of members) sum = (sum + (yield* task)) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

import type { Sample } from '../../harness/contract.js';
import { RING } from '../ring.js';

/** A promise with its resolver outside; `Promise.withResolvers` came with Node 22. */
class Mailbox {
  promise!: Promise<number>;
  put!: (token: number) => void;

  constructor() {
    this.renew();
  }

  renew(): void {
    this.promise = new Promise((resolve) => {
      this.put = resolve;
    });
  }
}

async function member(own: Mailbox, next: Mailbox, n: number): Promise<number> {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = await own.promise;
    own.renew();
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

const sample: Sample = async ({ n }) => {
  const boxes = Array.from({ length: RING }, () => new Mailbox());
  const members = boxes.map((own, i) => member(own, boxes[(i + 1) % RING]!, n));
  boxes[0]!.put(0);
  let sum = 0;
  for (const value of await Promise.all(members)) sum = (sum + value) | 0;
  return sum;
};
export default sample;

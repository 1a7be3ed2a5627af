import type { Params } from '../../harness/contract.js';
import { delegation } from '../../harness/delegation.js';
import { type Body, type Delegable, Group, type Request, run, type Task, wake } from '../../harness/floor.js';
import { RING } from '../ring.js';

class Mailbox implements Delegable {
  private held: number | undefined = undefined;
  private waiting: Task | undefined = undefined;

  start(task: Task): boolean {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) this.waiting = task;
    else wake(task, held);
    return false;
  }

  [Symbol.iterator](): Iterator<Request, unknown, unknown> {
    return delegation(this);
  }

  put(token: number): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.held = token;
    else wake(waiting, token);
  }
}

type Member = (own: Mailbox, next: Mailbox, n: number) => Body;

function* byYield(own: Mailbox, next: Mailbox, n: number): Body {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = (yield own) as number;
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

function* byDelegation(own: Mailbox, next: Mailbox, n: number): Body {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = (yield* own) as number;
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

function* main(member: Member, n: number): Body {
  const boxes = Array.from({ length: RING }, () => new Mailbox());
  const group = new Group();
  const members = boxes.map((own, i) => group.spawn(member(own, boxes[(i + 1) % RING]!, n)));
  boxes[0]!.put(0);
  yield group;
  let sum = 0;
  for (const task of members) sum = (sum + (task.value as number)) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(main(byYield, n)) as number,
  /** The protocol of `yield*`, at its barest. */
  'yield*': ({ n }: Params) => run(main(byDelegation, n)) as number,
};

import type { Sample } from '../../harness/contract.js';
import { type Body, Group, type Request, run, type Task, wake } from '../../harness/floor.js';
import { RING } from '../ring.js';

class Mailbox implements Request {
  private held: number | undefined = undefined;
  private waiting: Task | undefined = undefined;

  start(task: Task): boolean {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) this.waiting = task;
    else wake(task, held);
    return false;
  }

  put(token: number): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.held = token;
    else wake(waiting, token);
  }
}

function* member(own: Mailbox, next: Mailbox, n: number): Body {
  let sum = 0;
  for (let round = 0; round < n / RING; round++) {
    const token = (yield own) as number;
    sum = (sum + token) | 0;
    if (token + 1 < n) next.put(token + 1);
  }
  return sum;
}

function* main(n: number): Body {
  const boxes = Array.from({ length: RING }, () => new Mailbox());
  const group = new Group();
  const members = boxes.map((own, i) => group.spawn(member(own, boxes[(i + 1) % RING]!, n)));
  boxes[0]!.put(0);
  yield group;
  let sum = 0;
  for (const task of members) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

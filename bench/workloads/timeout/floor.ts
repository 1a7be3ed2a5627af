import type { Sample } from '../../harness/contract.js';
import { type Body, Call, run } from '../../harness/floor.js';
import { TIMEOUT } from '../timeout.js';

interface Armed {
  readonly deadline: number;
  armed: boolean;
}

/** Armed timeouts in a list, in order because all are equally long; disarmed ones are dropped when they come to the end. */
const list: Armed[] = [];

function arm(): Armed {
  const timer: Armed = { deadline: performance.now() + TIMEOUT, armed: true };
  list.push(timer);
  return timer;
}

function disarm(timer: Armed): void {
  timer.armed = false;
  for (let last = list.at(-1); last !== undefined && !last.armed; last = list.at(-1)) list.pop();
}

function* operation(i: number): Body {
  return i;
}

function* withTimeout(i: number): Body {
  const timer = arm();
  try {
    return yield new Call(operation, i);
  } finally {
    disarm(timer);
  }
}

function* main(n: number): Body {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + ((yield new Call(withTimeout, i)) as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) => run(main(n)) as number;
export default sample;

import { type Operation, race, run, sleep } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

function* operation(i: number): Operation<number> {
  return i;
}

function* timeout(): Operation<never> {
  yield* sleep(TIMEOUT);
  throw new Error('timed out');
}

function* main(n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + (yield* race([operation(i), timeout()]))) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => main(n));
export default sample;

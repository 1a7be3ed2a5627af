import { all, type Operation, run, until } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

function* node(first: number, leaves: number): Operation<number> {
  if (leaves === 1) {
    yield* until(Promise.resolve());
    return first;
  }
  const size = leaves / FAN_OUT;
  const children: Operation<number>[] = [];
  for (let i = 0; i < FAN_OUT; i++) children.push(node(first + i * size, size));
  let sum = 0;
  for (const value of yield* all(children)) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = async ({ n }) => await run(() => node(0, n));
export default sample;

import co from 'co';
import type { Sample } from '../../harness/contract.js';
import { FAN_OUT } from '../skynet.js';

function* node(first: number, leaves: number): Generator<unknown, number, number[]> {
  if (leaves === 1) {
    yield Promise.resolve();
    return first;
  }
  const size = leaves / FAN_OUT;
  const children: Generator[] = [];
  for (let i = 0; i < FAN_OUT; i++) children.push(node(first + i * size, size));
  let sum = 0;
  for (const value of yield children) sum = (sum + value) | 0;
  return sum;
}

const sample: Sample = ({ n }) => co(node, 0, n);
export default sample;

import { Effect } from 'effect';
import type { Sample } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

const operation = (i: number) => Effect.sync(() => i);

const main = (n: number) =>
  Effect.gen(function* () {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (yield* Effect.timeout(operation(i), TIMEOUT))) | 0;
    return sum;
  });

const sample: Sample = ({ n }) => Effect.runPromise(main(n));
export default sample;

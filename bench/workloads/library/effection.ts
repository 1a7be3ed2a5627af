import { type Operation, run, sleep, spawn } from 'effection';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Operation<number> {
  yield* sleep(0);
  return i;
}

const sample: Sample = async () =>
  await run(function* () {
    const one = yield* spawn(() => child(1));
    const two = yield* spawn(() => child(2));
    return (yield* one) + (yield* two);
  });
export default sample;

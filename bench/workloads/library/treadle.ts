import { type Coroutine, run, sleep, taskGroup } from '../../../lib/index.js';
import type { Sample } from '../../harness/contract.js';

function* child(i: number): Coroutine<number> {
  yield* sleep(0);
  return i;
}

const sample: Sample = () =>
  run(() =>
    taskGroup(function* (tg): Coroutine<number> {
      const one = tg.startSoon(child, 1);
      const two = tg.startSoon(child, 2);
      return (yield* one) + (yield* two);
    }),
  );
export default sample;

import { type Coroutine, checkpoint, run, taskGroup } from '../../../lib/index.js';
import type { Sequence } from './contract.js';

function* child(i: number): Coroutine<number> {
  yield* checkpoint();
  return i & 1;
}

/** All in one group. */
const sequence: Sequence = (n, every, reading) =>
  run(() =>
    taskGroup(function* (tg) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += yield* tg.startSoon(child, i);
        if ((i + 1) % every === 0) reading();
      }
      return sum;
    }),
  );
export default sequence;

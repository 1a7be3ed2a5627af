import { type Coroutine, checkpoint, run, sleepForever, taskGroup } from '../../../lib/index.js';
import type { Params, Stopwatch } from '../../harness/contract.js';

interface Count {
  unwound: number;
}

function* byYield(count: Count): Coroutine<void> {
  try {
    yield sleepForever();
  } finally {
    count.unwound++;
  }
}

function* byDelegation(count: Count): Coroutine<void> {
  try {
    yield* sleepForever();
  } finally {
    count.unwound++;
  }
}

function* main(parked: typeof byYield, n: number, watch: Stopwatch): Coroutine<number> {
  const count = { unwound: 0 };
  yield* taskGroup(function* (tg): Coroutine<void> {
    for (let i = 0; i < n; i++) tg.startSoon(parked, count);
    yield* checkpoint(); // all are parked now
    watch.start();
    tg.cancel();
  });
  watch.stop();
  return count.unwound;
}

export default {
  yield: ({ n }: Params, watch: Stopwatch) => run(() => main(byYield, n, watch)),
  'yield*': ({ n }: Params, watch: Stopwatch) => run(() => main(byDelegation, n, watch)),
};

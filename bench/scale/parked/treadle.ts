import { type Coroutine, run, sleepForever, taskGroup } from '../../../lib/index.js';
import { waitAllTasksBlocked } from '../../../lib/testing/index.js';
import type { Park } from './contract.js';

const park: Park = (n, readHeap) => {
  let unwound = 0;

  function* parked(): Coroutine<void> {
    try {
      yield* sleepForever();
    } finally {
      unwound++;
    }
  }

  return run(function* () {
    let [spawning, heap, cancelledAt] = [0, 0, 0];
    yield* taskGroup(function* (tg): Coroutine<void> {
      const before = readHeap();
      const begin = performance.now();
      for (let i = 0; i < n; i++) tg.startSoon(parked);
      yield* waitAllTasksBlocked();
      spawning = performance.now() - begin;
      heap = readHeap() - before;
      cancelledAt = performance.now();
      tg.cancel();
    });
    return { spawning, heap, cancelling: performance.now() - cancelledAt, unwound };
  });
};
export default park;

import { type Coroutine, checkpoint, run, sleepForever, taskGroup } from '../../../lib/index.js';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let unwound = 0;

  function* parked(): Coroutine<void> {
    try {
      yield* sleepForever();
    } finally {
      unwound++;
    }
  }

  return run(function* () {
    yield* taskGroup(function* (tg): Coroutine<void> {
      for (let i = 0; i < n; i++) tg.startSoon(parked);
      yield* checkpoint(); // all are parked now
      watch.start();
      tg.cancel();
    });
    watch.stop();
    return unwound;
  });
};
export default sample;

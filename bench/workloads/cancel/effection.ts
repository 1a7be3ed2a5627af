import { type Operation, run, sleep, spawn, suspend } from 'effection';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n }, watch) => {
  let waiting = 0;
  let unwound = 0;

  function* parked(): Operation<void> {
    try {
      waiting++;
      yield* suspend();
    } finally {
      unwound++;
    }
  }

  function* group(): Operation<void> {
    for (let i = 0; i < n; i++) yield* spawn(parked);
    yield* suspend();
  }

  return await run(function* () {
    const task = yield* spawn(group);
    while (waiting < n) yield* sleep(0);
    watch.start();
    yield* task.halt();
    watch.stop();
    return unwound;
  });
};
export default sample;

import { type Operation, run, sleep, spawn, type Task, withResolvers } from 'effection';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n }, watch) => {
  let waiting = 0;
  let ended = 0;
  const gate = withResolvers<void>();

  function* parked(): Operation<void> {
    waiting++;
    yield* gate.operation;
    ended++;
  }

  return await run(function* () {
    watch.start();
    const tasks: Task<void>[] = [];
    for (let i = 0; i < n; i++) tasks.push(yield* spawn(parked));
    while (waiting < n) yield* sleep(0);
    watch.stop();
    gate.resolve();
    for (const task of tasks) yield* task;
    return ended;
  });
};
export default sample;

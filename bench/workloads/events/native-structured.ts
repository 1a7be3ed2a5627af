import type { Sample } from '../../harness/contract.js';
import { type Counter, Driver, EventQueue, link } from '../../harness/native-events.js';
import { PromiseGroup } from '../../harness/native-group.js';

/** Listens until the group is cancelled. */
async function listen(
  target: EventTarget,
  signal: AbortSignal,
  work: (queue: EventQueue) => Promise<void>,
): Promise<void> {
  const queue = new EventQueue(target);
  const stop = () => queue.stop(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await work(queue);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

const sample: Sample = async ({ n, depth }) => {
  const counter: Counter = { count: 0 };
  const driver = new Driver(depth);
  await PromiseGroup.run(async (group) => {
    for (const [i, target] of driver.targets.entries()) {
      const next = driver.targets[i + 1];
      group.spawn((signal) => listen(target, signal, (queue) => link(queue, counter, next, driver.last)));
    }
    await driver.send(n);
    group.cancel();
  });
  return counter.count;
};
export default sample;

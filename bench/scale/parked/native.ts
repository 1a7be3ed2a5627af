/** Native code has no cancellation: each task's promise is rejected by hand, the least that can be done. */
import type { Park } from './contract.js';

const park: Park = async (n, readHeap) => {
  let unwound = 0;
  const rejects: ((error: unknown) => void)[] = [];

  async function parked(): Promise<void> {
    try {
      await new Promise((_resolve, reject) => rejects.push(reject));
    } finally {
      unwound++;
    }
  }

  const before = readHeap();
  const begin = performance.now();
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(parked());
  const all = Promise.allSettled(tasks);
  await null;
  const spawning = performance.now() - begin;
  const heap = readHeap() - before;
  const cancelledAt = performance.now();
  const error = new Error('cancelled');
  for (const reject of rejects) reject(error);
  await all;
  return { spawning, heap, cancelling: performance.now() - cancelledAt, unwound };
};
export default park;

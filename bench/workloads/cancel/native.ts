import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n }, watch) => {
  let unwound = 0;
  const rejects: ((error: unknown) => void)[] = [];

  async function parked(): Promise<void> {
    try {
      await new Promise((_resolve, reject) => rejects.push(reject));
    } finally {
      unwound++;
    }
  }

  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(parked());
  const all = Promise.allSettled(tasks);
  await null;
  watch.start();
  const error = new Error('cancelled');
  for (const reject of rejects) reject(error);
  await all;
  watch.stop();
  return unwound;
};
export default sample;

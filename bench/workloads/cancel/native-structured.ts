import type { Sample } from '../../harness/contract.js';
import { PromiseGroup } from '../../harness/native-group.js';

const sample: Sample = async ({ n }, watch) => {
  let unwound = 0;

  async function parked(signal: AbortSignal): Promise<void> {
    try {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    } finally {
      unwound++;
    }
  }

  await PromiseGroup.run(async (group) => {
    for (let i = 0; i < n; i++) group.spawn(parked);
    await null;
    watch.start();
    group.cancel();
  });
  watch.stop();
  return unwound;
};
export default sample;

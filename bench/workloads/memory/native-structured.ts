import type { Sample } from '../../harness/contract.js';
import { PromiseGroup } from '../../harness/native-group.js';

const sample: Sample = async ({ n }, watch) => {
  let ended = 0;
  const resolvers: (() => void)[] = [];

  async function parked(): Promise<void> {
    await new Promise<void>((resolve) => resolvers.push(resolve));
    ended++;
  }

  await PromiseGroup.run(async (group) => {
    watch.start();
    const tasks: Promise<void>[] = [];
    for (let i = 0; i < n; i++) tasks.push(group.spawn(parked));
    await null;
    watch.stop();
    for (const resolve of resolvers) resolve();
    await Promise.all(tasks);
  });
  return ended;
};
export default sample;

/** Loops that wait for promises would keep timers from firing for ever: these wait for setImmediate. */
import { setImmediate as immediate } from 'node:timers/promises';
import { dueAt, type Timers } from './contract.js';

const timers: Timers = async (settings) => {
  let isOver = false;

  async function sleeper(begin: number, due: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, begin + due - performance.now()));
    settings.fired(performance.now() - begin - due);
  }

  async function busyLoop(): Promise<void> {
    while (!isOver) {
      settings.work();
      await immediate();
    }
  }

  const begin = performance.now();
  const sleepers = Array.from({ length: settings.timers }, (_, i) => sleeper(begin, dueAt(settings, i)));
  settings.armed();
  const loops = Array.from({ length: settings.busy }, busyLoop);
  await Promise.all(sleepers);
  isOver = true;
  await Promise.all(loops);
};
export default timers;

/** Two tasks fail together; a third, in good health, takes 100 ms to clean up. */
import { type Coroutine, ExceptionGroup, run, shield, sleep, taskGroup } from 'treadle';

function* worker(name: string, ms: number, fails: boolean): Coroutine<void> {
  try {
    yield* sleep(ms);
    if (fails) throw new Error(`${name} failed`);
    console.log(`${name} done`);
  } finally {
    yield* shield(() => sleep(100));
    console.log(`${name} cleaned up`);
  }
}

function* main(): Coroutine<void> {
  try {
    yield* taskGroup(function* (tg) {
      tg.startSoon(worker, 'a', 50, true);
      tg.startSoon(worker, 'b', 50, true);
      tg.startSoon(worker, 'c', 500, false);
    });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    console.log('caught:', error.errors.map(String).join(', '));
  }
}

await run(main);

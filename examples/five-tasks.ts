/**
 * Five tasks side by side: first all is well, then two of them fail at the same moment.
 */
import { type Coroutine, currentTime, except, run, sleep, sleepUntil, taskGroup } from 'treadle';

class TeaSpilt extends Error {
  override name = 'TeaSpilt';
}

class ThreadTorn extends Error {
  override name = 'ThreadTorn';
}

function* wellBehaved(index: number): Coroutine<void> {
  console.log(`Task ${index} running`);
  yield* sleep(500);
  console.log(`Task ${index} finished`);
}

function* allIsWell(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    for (let index = 0; index < 5; index++) tg.startSoon(wellBehaved, index);
  });
  console.log('All tasks finished!');
}

function* failing(index: number, moment: number, error: Error): Coroutine<void> {
  console.log(`Task ${index} running`);
  yield* sleepUntil(moment);
  console.log(`Task ${index} fails`);
  throw error;
}

function* interrupted(index: number): Coroutine<void> {
  console.log(`Task ${index} running`);
  try {
    yield* sleep(5000);
  } finally {
    console.log(`Task ${index} cleans up`); // well before its five seconds are over
  }
}

function* twoFail(): Coroutine<void> {
  // Both wake in the same turn of the loop, so neither can be cancelled by the other's error: both arrive.
  const moment = currentTime() + 200;
  try {
    yield* taskGroup(function* (tg) {
      tg.startSoon(interrupted, 0);
      tg.startSoon(failing, 1, moment, new TeaSpilt('on the warp'));
      tg.startSoon(interrupted, 2);
      tg.startSoon(failing, 3, moment, new ThreadTorn('near the edge'));
      tg.startSoon(interrupted, 4);
    });
  } catch (error) {
    // Each handler gets the part of the group that it matches; what nobody matches would be thrown again.
    except(
      error,
      [TeaSpilt, (group) => console.log(`Spilt tea: ${group.leaves().map((leaf) => leaf.message)}`)],
      [ThreadTorn, (group) => console.log(`Torn threads: ${group.leaves().map((leaf) => leaf.message)}`)],
    );
  }
}

await run(allIsWell);
console.log();
await run(twoFail);

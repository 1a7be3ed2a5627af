import { type Coroutine, currentTime, run, sleep } from 'treadle';

const MINUTE = 60_000;

function* boilEgg(minutes: number): Coroutine<string> {
  yield* sleep(minutes * MINUTE);
  return `an egg of ${minutes} minutes`;
}

function* breakfast(): Coroutine<void> {
  const begin = currentTime();
  const first = yield* boilEgg(4); // a string: types flow through yield*
  const second = yield* boilEgg(6);
  console.log(`${first} and ${second}, ${(currentTime() - begin) / MINUTE} minutes later`);
}

breakfast(); // makes a coroutine object, and runs nothing
await run(breakfast, { backend: 'virtual' });

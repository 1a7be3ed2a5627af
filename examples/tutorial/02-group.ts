import { type Coroutine, currentTime, run, sleep, taskGroup } from 'treadle';

const MINUTE = 60_000;

function* cook(dish: string, minutes: number): Coroutine<string> {
  console.log(`${dish}: on the stove`);
  yield* sleep(minutes * MINUTE);
  console.log(`${dish}: ready`);
  return dish.toUpperCase();
}

function* breakfast(): Coroutine<void> {
  const begin = currentTime();
  const egg = yield* taskGroup(function* (tg) {
    const handle = tg.createTask(cook('egg', 6)); // a task from a coroutine
    tg.startSoon(cook, 'porridge', 10); // a task from a function and its arguments
    console.log('both are ordered, neither has begun');
    return handle;
  });
  console.log(`served after ${(currentTime() - begin) / MINUTE} minutes: ${egg.returnValue}`);
}

await run(breakfast, { backend: 'virtual' });

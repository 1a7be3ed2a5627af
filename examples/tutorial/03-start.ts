import { type Coroutine, run, sleep, sleepForever, type TaskStatus, taskGroup } from 'treadle';

const MINUTE = 60_000;

function* oven(target: number, taskStatus: TaskStatus<string>): Coroutine<never> {
  yield* sleep(10 * MINUTE);
  taskStatus.started(`${target} degrees`); // ready: the caller of start() goes on, this task stays
  try {
    return yield* sleepForever();
  } finally {
    console.log('the oven is off');
  }
}

function* bake(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    const heat = yield* tg.start(oven, 220);
    console.log(`the oven is at ${heat}: bread in`);
    yield* sleep(40 * MINUTE);
    console.log('bread out');
    tg.cancel(); // nobody needs the oven any more
  });
  console.log('the kitchen is closed');
}

await run(bake, { backend: 'virtual' });

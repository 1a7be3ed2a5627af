import { type Coroutine, checkpoint, isCancelled, run, shield, sleep, taskGroup } from 'treadle';

const MINUTE = 60_000;

function* bake(what: string, minutes: number): Coroutine<string> {
  try {
    yield* sleep(minutes * MINUTE);
    return `${what}, golden brown`;
  } finally {
    // In here a cancelled task is cancelled again at each yield. What has to wait while cleaning up is shielded.
    yield* shield(function* () {
      yield* sleep(1 * MINUTE);
    });
    console.log(`${what}: the tray is out`);
  }
}

function* stubborn(): Coroutine<void> {
  try {
    yield* sleep(60 * MINUTE);
  } catch (error) {
    console.log(`cancelled? ${isCancelled(error)}`); // swallowing it does not help:
  }
  yield* checkpoint(); // cancellation is a level, not an edge
  console.log('not reached');
}

function* kitchen(): Coroutine<void> {
  const handles = yield* taskGroup(function* (tg) {
    const bread = tg.startSoon(bake, 'bread', 40);
    const rolls = tg.startSoon(bake, 'rolls', 15);
    const soaking = tg.startSoon(stubborn);
    yield* sleep(10 * MINUTE);
    bread.cancel('the guests want rolls');
    soaking.cancel();
    return { bread, rolls, soaking };
  });
  for (const [name, handle] of Object.entries(handles)) console.log(`${name}: ${handle.status}`);
  console.log(handles.rolls.returnValue);
}

await run(kitchen, { backend: 'virtual' });

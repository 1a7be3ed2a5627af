import { type Coroutine, ExceptionGroup, except, run, sleep, taskGroup } from 'treadle';

class Burnt extends Error {}
class Spilt extends Error {}

function* fry(): Coroutine<void> {
  yield* sleep(2000);
  throw new Burnt('the onions');
}

function* pour(): Coroutine<void> {
  try {
    yield* sleep(60_000);
  } finally {
    cleanUp(); // the group cancels this task, which has an accident of its own on the way out
  }
}

function cleanUp(): never {
  throw new Spilt('the milk');
}

function* lunch(): Coroutine<void> {
  try {
    yield* taskGroup(function* (tg) {
      tg.startSoon(fry);
      tg.startSoon(pour);
    });
  } catch (error) {
    if (error instanceof ExceptionGroup) console.log(`${error.errors.length} errors, none lost`);
    except(
      error,
      [Burnt, (group) => console.log('burnt:', ...group.leaves().map(({ message }) => message))],
      [Spilt, (group) => console.log('spilt:', ...group.leaves().map(({ message }) => message))],
    ); // what nobody matches is thrown again
  }

  // Where one failure is expected, `collapse` lets a plain catch see it.
  try {
    yield* taskGroup(
      function* (tg) {
        tg.startSoon(fry);
      },
      { collapse: true },
    );
  } catch (error) {
    console.log(error instanceof Burnt);
  }
}

await run(lunch, { backend: 'virtual' });

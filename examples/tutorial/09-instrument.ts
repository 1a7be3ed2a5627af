import { type Coroutine, type Instrument, run, sleep, taskGroup } from 'treadle';

const story: Instrument = {
  spawn: (task) => console.log(`${task.name}: spawned`),
  stepStart: (task) => console.log(`${task.name}: runs`),
  suspend: (task) => console.log(`${task.name}: waits`),
  cancel: (task) => console.log(`${task.name}: is cancelled`),
  exit: (task) => console.log(`${task.name}: ends`),
};

function* nap(ms: number): Coroutine<void> {
  yield* sleep(ms);
}

function* afternoon(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    const long = tg.createTask(nap(2000), { name: 'long nap' });
    yield* sleep(1000);
    long.cancel();
  });
}

await run(afternoon, { backend: 'virtual', instruments: [story] });

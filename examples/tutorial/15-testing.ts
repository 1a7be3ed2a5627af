import { type Coroutine, run, sleep, taskGroup } from 'treadle';
import { cancelEverywhere, recorder, type Trial, VirtualBackend, waitAllTasksBlocked } from 'treadle/testing';

/** Looks whether there is news, once a minute. */
function* poll(found: () => void): Coroutine<never> {
  for (;;) {
    yield* sleep(60_000);
    found();
  }
}

// Time is moved by hand, and nobody waits for it.
const clock = new VirtualBackend({ autojump: false });
let polls = 0;
const polling = run(() => poll(() => polls++), { backend: clock });
await clock.advance(3_600_000);
console.log(`polls in an hour: ${polls}`);
polling.cancel();
await polling.catch(() => {});

// A story is compared as a whole.
const story = recorder({ only: ['spawn', 'cancel', 'exit'] });
await run(
  function* main() {
    yield* taskGroup(function* (tg) {
      tg.startSoon(poll, () => {});
      yield* waitAllTasksBlocked(); // now it sleeps
      story.note('everybody sleeps');
      tg.cancel();
    });
  },
  { backend: 'virtual', instruments: [story] },
);
console.log(story.events.join(', '));

// What if it is cancelled there? Every place is tried.
function* transfer(trial: Trial): Coroutine<void> {
  const close = trial.opened('the account');
  yield* sleep(10);
  close();
}

try {
  await cancelEverywhere(transfer);
} catch (error) {
  console.log((error as Error).message);
}

const { places } = await cancelEverywhere(function* mended(trial) {
  const close = trial.opened('the account');
  try {
    yield* sleep(10);
  } finally {
    close();
  }
});
console.log(`mended, and tried at ${places.length} places`);

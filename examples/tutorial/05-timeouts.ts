import { type Coroutine, failAfter, moveOnAfter, run, sleep, TimeoutError } from 'treadle';

const MINUTE = 60_000;

function* knead(minutes: number): Coroutine<string> {
  yield* sleep(minutes * MINUTE);
  return `dough kneaded for ${minutes} minutes`;
}

function* baker(): Coroutine<void> {
  // Go on with something else when time is up: undefined, or what `otherwise` says.
  const dough = yield* moveOnAfter(5 * MINUTE, () => knead(8), { otherwise: 'ready-made dough' });
  console.log(dough);

  // Or take it as a failure.
  try {
    yield* failAfter(5 * MINUTE, () => knead(8));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log('kneading took too long');
  }

  // Both open a cancel scope. Its deadline can be moved while the body is at work.
  const patient = yield* moveOnAfter(5 * MINUTE, function* (scope) {
    scope.deadline += 10 * MINUTE;
    return yield* knead(8);
  });
  console.log(patient);
}

await run(baker, { backend: 'virtual' });

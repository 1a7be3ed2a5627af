import {
  all,
  attempt,
  type Coroutine,
  currentTime,
  every,
  map,
  moveOnAfter,
  race,
  retry,
  run,
  sleep,
} from 'treadle';

function* fetchPage(path: string, ms: number): Coroutine<string> {
  yield* sleep(ms);
  return `page ${path}`;
}

let calls = 0;
function* unreliable(): Coroutine<string> {
  yield* sleep(10);
  calls += 1;
  if (calls < 3) throw new Error(`no answer to call ${calls}`);
  return `an answer to call ${calls}`;
}

function* main(): Coroutine<void> {
  // Side by side; the results in the order of the array, each with its own type.
  const [home, length] = yield* all([
    fetchPage('/', 300),
    (function* () {
      return (yield* fetchPage('/about', 100)).length;
    })(),
  ]);
  console.log(home, length);

  // The first to end; the other has been cancelled, and has ended, when race returns.
  console.log(yield* race([fetchPage('/near', 100), fetchPage('/far', 60_000)]));

  // Three at a time, in order, from any iterable, async iterable or stream.
  const begin = currentTime();
  const pages = yield* map([1, 2, 3, 4, 5, 6], (n) => fetchPage(`/${n}`, 100), { limit: 3 });
  console.log(pages.length, 'pages in', currentTime() - begin, 'ms');

  // Again after 50 ms, then 100 ms; the last error would be thrown itself.
  console.log(yield* retry(unreliable, { attempts: 5, delay: 50 }));

  // An outcome as a value; a cancellation is never caught.
  calls = 0;
  const outcome = yield* attempt(unreliable());
  console.log(outcome.ok ? outcome.value : `failed: ${outcome.error}`);

  // At fixed times, until the scope around it is cancelled.
  yield* moveOnAfter(2500, () =>
    every(1000, function* () {
      console.log('tick');
    }),
  );
}

await run(main, { backend: 'virtual' });

import { setTimeout as delay } from 'node:timers/promises';
import { type Coroutine, type Effect, moveOnAfter, run, suspend, until } from 'treadle';

// An API of promises. The signal aborts when the task is cancelled, and the task then waits for the promise to
// settle, so that nothing is left running behind its back.
function* download(name: string, ms: number): Coroutine<string> {
  return yield* until((signal) => delay(ms, `${name}, downloaded`, { signal }));
}

// An API of callbacks. The starter says how to begin, and gives back how to give up.
function callback(ms: number): Effect<string> {
  return suspend((resume) => {
    const timer = setTimeout(() => resume('called back'), ms);
    return () => clearTimeout(timer);
  });
}

function* program(): Coroutine<void> {
  console.log(yield* download('recipe', 10));
  console.log(yield* moveOnAfter(10, () => download('cookbook', 60_000), { otherwise: 'no cookbook' }));
  console.log(yield* callback(10));
}

await run(program); // real promises need the real clock

/** A task that computes for too long: nobody else gets a turn meanwhile. The watch-dog names it. See docs/debugging.md. */
import { type Coroutine, checkpoint, run, sleep, taskGroup } from 'treadle';
import { watchDog } from 'treadle/debug';

function primesBelow(limit: number): number {
  let count = 0;
  for (let n = 2; n < limit; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (isPrime) count++;
  }
  return count;
}

function* statistics(): Coroutine<void> {
  yield* sleep(20);
  const begin = performance.now();
  let count = 0;
  while (performance.now() - begin < 600) count = primesBelow(5_000); // the mistake: no checkpoint in here
  console.log(`${count} primes`);
  yield* checkpoint();
}

function* heartbeat(): Coroutine<void> {
  for (let beat = 0; beat < 6; beat++) yield* sleep(10);
}

export function* main(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    tg.startSoon(heartbeat);
    tg.startSoon(statistics);
  });
}

await run(main, { instruments: [watchDog({ stepLimitMs: 50 })] });

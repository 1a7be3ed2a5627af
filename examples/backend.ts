import { type Backend, type Coroutine, run, sleep, taskGroup } from 'treadle';

/** Real time at a multiple of its speed, for watching a slow program. */
function fastForward(factor: number): Backend {
  const begin = performance.now();
  const now = () => (performance.now() - begin) * factor;
  return {
    name: `fast-forward ×${factor}`,
    now,
    // A run connects once. `turn` does a bounded slice of its work; when to call it is for the backend to say.
    connect(turn) {
      let timer: NodeJS.Timeout | undefined;
      return {
        soon: () => queueMicrotask(turn), // a task was woken from outside: as soon as its callback is over
        later: () => setImmediate(turn), // there is more to do: when the host has served its sockets
        idle(deadline, _foreign, keepAlive) {
          clearTimeout(timer); // nothing is ready: at the deadline, or not at all
          if (deadline === Infinity && !keepAlive) return;
          const wait = Math.max(deadline - now(), 0) / factor; // it may have passed by now
          timer = setTimeout(turn, Math.min(wait, 2 ** 31 - 1));
        },
        close: () => clearTimeout(timer),
      };
    },
  };
}

function* strike(hours: number): Coroutine<void> {
  yield* sleep(hours * 3_600_000);
  console.log('dong '.repeat(hours).trim());
}

function* clock(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    for (const hours of [3, 1, 2]) tg.startSoon(strike, hours);
  });
}

const begin = performance.now();
await run(clock, { backend: fastForward(100_000) });
console.log(`three hours took ${performance.now() - begin < 1000 ? 'less' : 'more'} than a second`);

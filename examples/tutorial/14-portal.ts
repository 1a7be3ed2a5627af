import { EventEmitter } from 'node:events';
import { type Coroutine, events, type Portal, run, sleep, until, withPortal } from 'treadle';

function* cook(dish: string, ms: number): Coroutine<string> {
  yield* sleep(ms);
  if (dish === 'soufflé') throw new Error('it collapsed');
  return `${dish} is served`;
}

// Promise code: it knows nothing of tasks, but it was given the portal. What fails is the caller's affair alone.
async function guest(name: string, dish: string, ms: number, portal: Portal): Promise<void> {
  await portal.call(cook, dish, ms).then(
    (answer) => console.log(`${name}: ${answer}`),
    (error: Error) => console.log(`${name}: no ${dish}, ${error.message}`),
  );
}

function* evening(): Coroutine<string> {
  const door = new EventEmitter();
  return yield* withPortal(function* (portal) {
    using bell = yield* events<[string]>(door, 'bell'); // listens from here to the end of the block
    setTimeout(() => door.emit('bell', 'Ann'), 5);
    door.emit('bell', 'Bob'); // nothing is missed while nobody receives
    const [first] = yield* bell.receive();
    const [second] = yield* bell.receive();
    console.log(`${first} came before ${second}`);
    yield* until(Promise.all([guest('Ann', 'soup', 20, portal), guest('Bob', 'soufflé', 5, portal)]));
    portal.call(cook, 'coffee', 10).then(console.log, console.error);
    return 'the kitchen is closed';
  }); // leaves only when every task of the portal is done
}

console.log(await run(evening));

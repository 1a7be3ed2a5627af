import {
  CapacityLimiter,
  Condition,
  type Coroutine,
  currentTime,
  Event,
  Future,
  Lock,
  moveOnAfter,
  run,
  sleep,
  taskGroup,
} from 'treadle';

const MINUTE = 60_000;
const say = (text: string) => console.log(`${currentTime() / MINUTE} min: ${text}`);

const open = new Event(); // happens once, and wakes all who wait for it
const knife = new Lock(); // one task at a time
const stove = new CapacityLimiter(2); // two tasks at a time, who each hold one plate
const counter = new Condition(); // something changed: look again
const firstDish = new Future<string>(); // a result that is set by hand
const dishes: string[] = [];

function* cook(dish: string): Coroutine<void> {
  yield* open.wait();
  {
    using _ = yield* knife.acquire(); // released at the end of the block, however it is left
    yield* sleep(1 * MINUTE);
    say(`${dish}: chopped`);
  }
  {
    using _ = yield* stove.acquire();
    yield* sleep(6 * MINUTE);
  }
  using _ = yield* counter.acquire();
  dishes.push(dish);
  counter.notify();
  if (firstDish.status === 'pending') firstDish.setResult(dish);
}

function* waiter(): Coroutine<void> {
  for (let served = 0; served < 3; served++) {
    using _ = yield* counter.acquire();
    const dish = yield* counter.waitFor(() => dishes.shift()); // without the lock, while it waits
    say(`${dish}: served`);
  }
}

function* kitchen(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    for (const dish of ['soup', 'stew', 'curry']) tg.startSoon(cook, dish);
    tg.startSoon(waiter);
    open.set();
    yield* sleep(2.5 * MINUTE);
    // Whoever gives up leaves no trace in the queue.
    using plate = yield* moveOnAfter(2 * MINUTE, () => stove.acquire());
    say(`${plate ? 'a' : 'no'} plate for me, ${stove.statistics().tasksWaiting} in the queue`);
    say(`first of all: ${yield* firstDish}`);
  });
}

await run(kitchen, { backend: 'virtual' });

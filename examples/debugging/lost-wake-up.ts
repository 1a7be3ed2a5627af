/**
 * A wake-up that comes before anybody waits: `consumer` looks whether there is an item, does something else, and then
 * waits to be told of one. By then it has been told. See docs/debugging.md.
 */
import { Condition, type Coroutine, run, sleep, taskGroup } from 'treadle';

class Shop {
  readonly items: string[] = [];
  readonly changed = new Condition(undefined, { name: 'changed' });
}

function* producer({ items, changed }: Shop): Coroutine<void> {
  yield* sleep(10);
  using _lock = yield* changed.acquire();
  items.push('an item');
  changed.notify();
}

function* consumer({ items, changed }: Shop): Coroutine<void> {
  const isEmpty = items.length === 0;
  yield* sleep(200); // the mistake: what was seen without the lock need not be so any more
  if (isEmpty) {
    using _lock = yield* changed.acquire();
    yield* changed.wait(); // the cure: yield* changed.waitFor(() => items.length > 0)
  }
  console.log('got', items.shift());
}

export function* main(): Coroutine<void> {
  const shop = new Shop();
  yield* taskGroup(function* (tg) {
    tg.startSoon(consumer, shop);
    tg.startSoon(producer, shop);
  });
}

if (process.argv[1] === import.meta.filename) await run(main);

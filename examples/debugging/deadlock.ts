/** Two tasks take the same two locks, each in an order of its own, and wait for each other. See docs/debugging.md. */
import { type Coroutine, Lock, run, sleep, taskGroup } from 'treadle';

function* transfer(accounts: Lock, journal: Lock): Coroutine<void> {
  using _accounts = yield* accounts.acquire();
  yield* sleep(10);
  using _journal = yield* journal.acquire();
  console.log('transferred');
}

function* audit(accounts: Lock, journal: Lock): Coroutine<void> {
  using _journal = yield* journal.acquire();
  yield* sleep(10);
  using _accounts = yield* accounts.acquire();
  console.log('audited');
}

export function* main(): Coroutine<void> {
  const accounts = new Lock({ name: 'accounts' });
  const journal = new Lock({ name: 'journal' });
  yield* taskGroup(function* (tg) {
    tg.startSoon(transfer, accounts, journal);
    tg.startSoon(audit, accounts, journal);
  });
}

if (process.argv[1] === import.meta.filename) await run(main);

/**
 * A failure that comes once in a hundred runs: one seat, two customers, and a bank that is slow now and then. See
 * docs/debugging.md. An argument says how often it is: 1 is always.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Coroutine, run, sleep, taskGroup, until } from 'treadle';

/** Stands for a bank somewhere on the net. */
class Bank {
  private isConnected = false;

  async charge(customer: string): Promise<string> {
    const isSlow = !this.isConnected && Math.random() < Number(process.argv[2] ?? 0.01);
    this.isConnected = true;
    await delay(isSlow ? 400 : 2);
    return `receipt for ${customer}`;
  }
}

class Show {
  seats = 1;
  readonly bank = new Bank();
}

function* book(show: Show, customer: string): Coroutine<void> {
  if (show.seats === 0) {
    console.log(`${customer} comes too late`);
    return;
  }
  const receipt = yield* until(show.bank.charge(customer));
  show.seats--; // the mistake: there was a seat when it was looked, and that was before the bank was asked
  console.log(`${customer} has a seat: ${receipt}`);
}

export function* main(): Coroutine<void> {
  const show = new Show();
  yield* taskGroup(function* (tg) {
    tg.startSoon(book, show, 'ann');
    yield* sleep(20);
    tg.startSoon(book, show, 'bob');
  });
  if (show.seats < 0) throw new Error(`there are ${show.seats} seats`);
}

if (process.argv[1] === import.meta.filename) await run(main);

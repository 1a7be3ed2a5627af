/**
 * The tool is shown programs with one mistake each, of the kind that examples do not find, and must find and place
 * them; and programs without any, which must pass at every place.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { checkpoint, type Effect, shield, sleep, suspend, taskGroup } from 'treadle';
import { PENDING, WaitQueue, waitEffects } from 'treadle/lowlevel';
import { cancelEverywhere, type Trial } from 'treadle/testing';
import { rejection } from '../support/contract.js';

/** A lock in the small. */
class Latch {
  isHeld = false;
  readonly queue = new WaitQueue<undefined, void>(() => 'latch');
  private static readonly take = waitEffects<Latch, undefined, void>({
    name: 'latch.take',
    tryNow: (latch) => {
      if (latch.isHeld) return PENDING;
      latch.isHeld = true;
      return undefined;
    },
    queueOf: (latch) => latch.queue,
  });

  take(): Effect<void> {
    return Latch.take(this, undefined);
  }

  release(): void {
    const next = this.queue.shift();
    if (next === null) this.isHeld = false;
    else next.wake();
  }

  statistics(): object {
    return { locked: this.isHeld, tasksWaiting: this.queue.length };
  }
}

function* holdThrice(trial: Trial, hold: (latch: Latch) => Generator<Effect<unknown>, void, unknown>) {
  const latch = trial.watch('the latch', new Latch());
  yield* taskGroup(function* (tg) {
    for (let count = 0; count < 3; count++) tg.startSoon(hold, latch);
  });
}

function* holdWell(latch: Latch) {
  yield* latch.take();
  try {
    yield* sleep(10);
  } finally {
    latch.release();
  }
}

async function complaint(promise: Promise<unknown>): Promise<string> {
  return ((await rejection(promise)) as Error).message;
}

describe('cancelEverywhere', () => {
  it('cancels at each place of the program, in order, and once as it is', async () => {
    const ends: string[] = [];
    const { places } = await cancelEverywhere(function* (trial) {
      trial.check(() => ends.push('over'));
      yield* checkpoint();
      yield* sleep(20);
    });
    expect(places).to.deep.equal([
      'before a step of main',
      'main at checkpoint',
      'before a step of main',
      'main at sleep(20)',
      'before a step of main',
    ]);
    // Without a cancel, once per place, and the one that found no further place.
    expect(ends).to.have.length(places.length + 2);
  });

  for (const target of ['program', 'task'] as const) {
    it(`passes a program that keeps its promises, ${target} by ${target}`, async () => {
      const { places } = await cancelEverywhere((trial) => holdThrice(trial, holdWell), { target });
      expect(places).to.include.members(['holdWell at latch.take', 'holdWell at sleep(10)']);
      expect(places).to.have.length.greaterThan(10);
    });

    it(`finds a lock that stays held when a task is cancelled in the wrong place, ${target} by ${target}`, async () => {
      const hold = function* hold(latch: Latch) {
        yield* latch.take();
        yield* sleep(10); // cancelled here: never released
        latch.release();
      };
      const message = await complaint(cancelEverywhere((trial) => holdThrice(trial, hold), { target }));
      expect(message).to.match(/^the program was cancelled at this place: .*hold/);
      expect(message).to.contain(target === 'program' ? 'the latch is still held' : 'DeadlockError');
    });
  }

  it('finds clean-up that does not run', async () => {
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        const close = trial.opened('the file');
        yield* sleep(5);
        close();
      }),
    );
    expect(message).to.equal(
      'the program was cancelled at this place: before a step of main, and\n' +
        '  - the file was opened and not closed',
    );
  });

  it('tells the line of the place, which tells apart places that are like each other', async () => {
    let runs = 0;
    const transfer = function* (trial: Trial) {
      yield* sleep(5);
      yield* sleep(5); // cancelled here, when it is over
      const close = trial.opened('the account');
      yield* sleep(5);
      close();
    };
    const message = await complaint(
      cancelEverywhere(
        function* (trial) {
          runs++;
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* clerk() {
              yield* transfer(trial);
            });
          });
        },
        { target: 'task' },
      ),
    );
    const [, file = '', line] =
      /^the program was cancelled at this place: before a step of clerk \((.*):(\d+):\d+\), and\n/.exec(
        message,
      ) ?? [];
    expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).to.match(
      /sleep\(5\); \/\/ cancelled here, when/,
    );
    const untilThen = runs;
    await cancelEverywhere(() => sleep(5));
    expect(runs).to.equal(untilThen); // a program that passes is not run for its lines
  });

  it('tells no line of a place that is another one the next time', async () => {
    let runs = 0;
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        const number = ++runs;
        trial.check(() => {
          if (number === 3) throw new Error('number 3 is odd');
        });
        yield* number === 4 ? checkpoint() : sleep(5);
      }),
    );
    expect(runs).to.equal(4);
    expect(message).to.equal(
      'the program was cancelled at this place: main at sleep(5), and\n  - number 3 is odd',
    );
  });

  it('says what can be watched', async () => {
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        // @ts-expect-error the label comes first
        trial.watch(new Latch());
      }),
    );
    expect(message).to.match(
      /trial\.watch\(label, resource\) takes something with statistics\(\), not undefined/,
    );
  });

  it('finds clean-up that is itself cut short, and passes one that is shielded', async () => {
    const program = (wrap: <T>(body: () => Effect<T>) => Effect<T>) =>
      function* (trial: Trial) {
        const close = trial.opened('the session');
        try {
          yield* sleep(5);
        } finally {
          yield* wrap(() => sleep(1));
          close();
        }
      };
    const message = await complaint(cancelEverywhere(program((body) => body())));
    expect(message).to.contain('the session was opened and not closed');
    await cancelEverywhere(program((body) => shield(body)));
  });

  it('finds an item that is lost between the hands', async () => {
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        const box: number[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* producer() {
            box.push(1);
            trial.sent(1);
          });
          tg.startSoon(function* consumer() {
            try {
              yield* sleep(5);
            } finally {
              const item = box.shift();
              yield* checkpoint(); // cancelled here: the item is nowhere
              if (item !== undefined) trial.received(item);
            }
          });
        });
      }),
    );
    expect(message).to.match(/item 1 was sent, and lost/);
  });

  it('counts what is left in a watched stream as not lost', async () => {
    class Buffer {
      readonly items: number[] = [];
      statistics(): object {
        return {};
      }
      receiveNowait(): number {
        const item = this.items.shift();
        if (item === undefined) throw new Error('empty');
        return item;
      }
    }
    await cancelEverywhere(function* (trial) {
      const buffer = trial.watch('the buffer', new Buffer());
      for (const item of [1, 2, 2]) {
        buffer.items.push(item);
        trial.sent(item);
        yield* checkpoint();
      }
      trial.received(buffer.receiveNowait());
    });
  });

  it('finds an item received that was never sent', async () => {
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        trial.received('a ghost');
        yield* checkpoint();
      }),
    );
    expect(message).to.equal(
      'the program was not cancelled at all, and\n' +
        '  - item a ghost was received more often than it was sent',
    );
  });

  it('finds permits that are out and waiters that stay', async () => {
    const message = await complaint(
      cancelEverywhere(function* (trial) {
        const figures = { borrowedTokens: 0, tasksWaitingSend: 0 };
        const pool = trial.watch('the pool', { value: 2, statistics: () => figures });
        figures.borrowedTokens++;
        figures.tasksWaitingSend++;
        pool.value--;
        yield* sleep(1);
        figures.borrowedTokens--;
        figures.tasksWaitingSend--;
        pool.value++;
      }),
    );
    expect(message.split('\n').slice(1)).to.deep.equal([
      '  - the pool has value 1, and had 2',
      '  - the pool has borrowedTokens 1, and had 0',
      '  - the pool has tasksWaitingSend 1, and had 0',
    ]);
  });

  it('finds what is left behind at the host', async () => {
    const message = await complaint(
      cancelEverywhere(() =>
        suspend<void>((resume) => {
          setTimeout(resume, 2); // no abort function: the timer stays
        }),
      ),
    );
    expect(message).to.match(/at suspend, and\n {2}- left behind: a timer \(setTimeout, 2 ms\)/);
  });

  it('passes on checks of the program, errors of a cancelled one unless expected, and those of an uncancelled one', async () => {
    const failing = function* () {
      try {
        yield* sleep(5);
      } catch {
        throw new RangeError('a bad clean-up');
      }
    };
    expect(await complaint(cancelEverywhere(failing))).to.contain('failed with RangeError: a bad clean-up');
    await cancelEverywhere(failing, { isExpected: (error) => error instanceof RangeError });
    const message = await complaint(
      cancelEverywhere(
        function* () {
          yield* checkpoint();
          throw new TypeError('always');
        },
        { isExpected: () => true },
      ),
    );
    expect(message).to.match(/^the program was not cancelled at all, and\n.*TypeError: always/);
    let runs = 0;
    const checked = await complaint(
      cancelEverywhere(function* (trial) {
        const number = runs++;
        trial.check(() => {
          if (number === 2) throw new Error('number 2 is odd');
        });
        yield* checkpoint();
      }),
    );
    expect(checked).to.contain('number 2 is odd');
  });

  it('names the place at which a cancelled program hangs, and what it hangs on', async () => {
    let end = (): void => {};
    const answer = () =>
      suspend<void>(
        (resume) => {
          end = resume;
        },
        { description: 'an answer that never comes' },
      );
    const program = function* () {
      try {
        yield* sleep(1);
      } catch (error) {
        yield* shield(answer);
        throw error;
      }
    };
    const message = await complaint(cancelEverywhere(program, { timeout: 30 }));
    end();
    expect(message).to.match(
      /^the program was cancelled at this place: before a step of main, and\n {2}- it did not end within 30 ms, and has 1 task:\n.*an answer that never comes$/,
    );
  });

  it('refuses a program with too many places, and what is no program', async () => {
    const endless = function* () {
      for (let count = 0; count < 50; count++) yield* checkpoint();
    };
    expect(await rejection(cancelEverywhere(endless, { limit: 10 }))).to.be.instanceOf(RangeError);
    // @ts-expect-error no function
    expect(await rejection(cancelEverywhere(endless()))).to.be.instanceOf(TypeError);
  });
});

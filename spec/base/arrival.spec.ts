/** Errors that the engine throws into a coroutine lead to the line of the yield at which they arrived. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  BufferedByteReceiveStream,
  Condition,
  type Coroutine,
  call,
  createMemoryObjectStream,
  EndOfStream,
  Future,
  failAfter,
  isCancelled,
  Lock,
  type Operation,
  retry,
  run,
  runSync,
  sleep,
  sleepForever,
  suspend,
  TextReceiveStream,
  taskGroup,
} from 'treadle';
import { readStack } from '../../lib/base/stack-text.js';
import { rejection } from '../support/contract.js';

const SELF = fileURLToPath(import.meta.url);

/** The line of this file that ends with a mark: where the error is to have arrived. */
function lineOf(mark: string): number {
  const line = readFileSync(SELF, 'utf8')
    .split('\n')
    .findIndex((text) => text.endsWith(`// ${mark}`));
  if (line < 0) throw new Error(`no line is marked ${mark}`);
  return line + 1;
}

/** The lines of this file in the stack of what the program throws. */
function arrivedAt(program: () => Operation<unknown>): number[] {
  return linesOf(thrownBy(program));
}

function linesOf(error: unknown): number[] {
  const { frames } = readStack(error as Error);
  const end = frames.findIndex((frame) => frame.includes('thrownBy'));
  return (end < 0 ? frames : frames.slice(0, end)).flatMap((frame) => {
    const line = /arrival\.spec\.ts:(\d+):\d+/.exec(frame)?.[1];
    return line === undefined ? [] : [Number(line)];
  });
}

function thrownBy(program: () => Operation<unknown>): unknown {
  try {
    runSync(program);
  } catch (error) {
    return error;
  }
  throw new Error('the program was to throw');
}

/** Runs a task beside another one, and gives the task's own error. */
function* besides(task: () => Operation<unknown>, other: () => Operation<unknown>): Coroutine<void> {
  yield* taskGroup(
    function* (tg) {
      tg.createTask(task());
      yield* other();
    },
    { collapse: true },
  );
}

describe('where an error arrives', () => {
  it('a time limit that has run out: the line of the failAfter', () => {
    const lines = arrivedAt(function* () {
      const body = function* (): Coroutine<void> {
        yield* sleepForever();
      };
      yield* failAfter(10, body); // limit
    });
    expect(lines).deep.equal([lineOf('limit')]);
  });

  it('a wait that another task has ended: the line of the wait, not that of the other task', () => {
    const [, receive] = createMemoryObjectStream<number>();
    const lines = arrivedAt(() =>
      besides(
        function* () {
          yield* receive.receive(); // closed
        },
        function* () {
          yield* sleep(1);
          receive.close();
        },
      ),
    );
    expect(lines).deep.equal([lineOf('closed')]);

    const future = new Future<number>();
    const waiter = arrivedAt(() =>
      besides(
        function* () {
          yield* future; // future
        },
        function* () {
          yield* sleep(1);
          future.setException(new Error('no'));
        },
      ),
    );
    expect(waiter).deep.equal([lineOf('future')]);
  });

  it('the end of a task that has no result', () => {
    const lines = arrivedAt(function* () {
      yield* taskGroup(
        function* (tg) {
          const cancelled = tg.createTask(sleepForever());
          cancelled.cancel();
          yield* cancelled; // handle
        },
        { collapse: true },
      );
    });
    expect(lines).deep.equal([lineOf('handle')]);
  });

  it('an effect that cannot be done', () => {
    const lock = new Lock();
    const lines = arrivedAt(function* () {
      yield* lock.acquire();
      yield* lock.acquire(); // again
    });
    expect(lines).deep.equal([lineOf('again')]);
  });

  it('through coroutines that delegate: each line, innermost first', () => {
    function* inner(): Coroutine<void> {
      yield* failAfter(1, sleepForever); // inner
    }
    const lines = arrivedAt(function* () {
      yield* inner(); // outer
    });
    expect(lines).deep.equal([lineOf('inner'), lineOf('outer')]);
  });

  it('through a coroutine that was called: its line, not that of the call', () => {
    function* inner(): Coroutine<void> {
      yield* failAfter(1, sleepForever); // called
    }
    expect(arrivedAt(() => call(inner))).deep.equal([lineOf('called')]);
    const lines = arrivedAt(function* () {
      yield* call(inner);
    });
    expect(lines).deep.equal([lineOf('called')]);
  });

  it('through coroutines of the engine: the line that called them', () => {
    const lines = arrivedAt(function* () {
      yield* retry(() => failAfter(1, sleepForever), { attempts: 2 }); // retry
    });
    expect(lines).deep.equal([lineOf('retry')]);
  });

  it('an error that a coroutine of the engine has made: the line that called it', async () => {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(8);
    const bytes = new BufferedByteReceiveStream(receive);
    const text = new TextReceiveStream(receive);
    const condition = new Condition();
    for (const byte of [1, 2, 0xff]) send.sendNowait(Uint8Array.of(byte));
    send.close();
    const programs: [mark: string, program: () => Operation<unknown>][] = [
      [
        'delimiter',
        function* () {
          yield* bytes.receiveUntil('\n', 1); // delimiter
        },
      ],
      [
        'text',
        function* () {
          yield* text.receive(); // text
        },
      ],
      [
        'incomplete',
        function* () {
          yield* bytes.receiveExactly(4); // incomplete
        },
      ],
      [
        'closed here',
        function* () {
          yield* bytes.close();
          yield* bytes.receive(); // closed here
        },
      ],
      [
        'not held',
        function* () {
          yield* condition.wait(); // not held
        },
      ],
      [
        'not held either',
        function* () {
          yield* condition.waitFor(() => true); // not held either
        },
      ],
      [
        'a promise',
        function* () {
          using _ = yield* condition.acquire();
          yield* condition.waitFor(async () => true); // a promise
        },
      ],
    ];
    for (const [mark, program] of programs) {
      expect(linesOf(await rejection(run(program))), mark).deep.equal([lineOf(mark)]);
    }
  });

  it('an error of the host, which no code of the program has made: the line comes behind its own frames', () => {
    const hostError = new Error('connection refused');
    const frame = '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)';
    hostError.stack = `Error: connection refused\n${frame}`;
    const error = thrownBy(function* () {
      yield* suspend((_resume, fail) => fail(hostError), { foreign: false }); // host
    });
    expect(error).equal(hostError);
    expect(linesOf(error)).deep.equal([lineOf('host')]);
    const [message, first, second, path, ...rest] = (hostError.stack as string).split('\n');
    expect([message, first]).deep.equal(['Error: connection refused', frame]);
    expect(second).match(/^ {4}at .*arrival\.spec\.ts:\d+:\d+\)$/);
    expect(path).match(/^ {4}in task /);
    expect(rest).deep.equal([]);
  });

  it('an error that code of the program has made keeps its stack', async () => {
    const mine = new Error('mine');
    const stack = mine.stack;
    let seen: string | undefined;
    runSync(function* () {
      try {
        yield* suspend((_resume, fail) => fail(mine), { foreign: false });
      } catch (error) {
        seen = (error as Error).stack;
      }
    });
    expect(seen).equal(stack);
    const thrown = await rejection(
      run(function* () {
        yield* suspend(() => {
          throw new Error('in the starter'); // starter
        });
      }),
    );
    expect(linesOf(thrown)).deep.equal([lineOf('starter')]);
  });

  it('an error caught where it arrived, and thrown again, keeps the line', () => {
    const lines = arrivedAt(function* () {
      yield* call(function* () {
        try {
          yield* failAfter(1, sleepForever); // first
        } catch (error) {
          yield* sleep(1);
          throw error;
        }
      });
    });
    expect(lines).deep.equal([lineOf('first')]);
  });

  it('a plain yield calls nothing, so its line is not known; the error is the same', () => {
    const [send, receive] = createMemoryObjectStream<number>();
    send.close();
    const error = thrownBy(function* () {
      yield receive.receive();
    });
    expect(error).instanceOf(EndOfStream);
    expect((error as Error).stack).contain('\n    in task ');
  });

  it('Cancelled stays as it is: one object goes to all the tasks that it reaches', () => {
    const stacks = new Set<string | undefined>();
    runSync(function* () {
      yield* taskGroup(function* (tg) {
        for (let count = 0; count < 2; count++) {
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } catch (error) {
              expect(isCancelled(error)).equal(true);
              stacks.add((error as Error).stack);
              throw error;
            }
          });
        }
        yield* sleep(1);
        tg.cancel();
      });
    });
    expect(stacks.size).equal(1);
    expect([...stacks][0]).not.contain('\n    at ');
  });

  it('a value that is no error, and an error that cannot be written, arrive unharmed', () => {
    const frozen = Object.freeze(Object.assign(new Error('frozen'), { stack: 'Error: frozen' }));
    for (const value of [undefined, null, 'text', 1, Symbol('s'), frozen]) {
      const error = thrownBy(function* () {
        yield* suspend((_resume, fail) => fail(value), { foreign: false });
      });
      expect(error).equal(value);
    }
  });
});

/** `deferring`, `defer` and `use`: clean-up that runs. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  ExceptionGroup,
  fromNodeWritable,
  isCancelled,
  moveOnAfter,
  NoEventLoopError,
  runSync,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { defer, deferring } from '../../lib/concurrency/defer.js';
import { use } from '../../lib/concurrency/use.js';
import { onEachBackend, rejection, thrown } from '../support/contract.js';
import { failure } from '../support/outcome.js';
import { same } from '../support/types.js';

function raise(error: unknown): never {
  throw error;
}

onEachBackend('deferring', (run, { it }) => {
  it('runs the clean-ups when the body has ended, the last first, and gives its value', function* () {
    const labels: unknown[] = [];
    function* helper(): Coroutine<void> {
      yield* checkpoint();
      defer(() => void labels.push('third'));
    }
    const value = yield* deferring(function* (deferHere) {
      deferHere(function* () {
        yield* sleep(1);
        labels.push('first');
        defer(() => void labels.push('added by the first'));
      });
      defer(() => void labels.push('second'));
      yield* helper();
      labels.push('body');
      return 'value';
    });
    labels.push(value);
    expect(labels).to.deep.equal(['body', 'third', 'second', 'first', 'added by the first', 'value']);
  });

  it('C8: the clean-ups are shielded', function* () {
    const labels: unknown[] = [];
    yield* moveOnAfter(1, () =>
      deferring(function* () {
        defer(function* () {
          yield* sleep(1);
          labels.push('waited');
        });
        try {
          yield* sleepForever();
        } catch (error) {
          labels.push(`cancelled: ${isCancelled(error)}`);
          throw error;
        }
      }),
    );
    labels.push('moved on');
    expect(labels).to.deep.equal(['cancelled: true', 'waited', 'moved on']);
  });

  it('keeps all errors: one as it is, several in a group in the order in which they arose', async () => {
    const [body, second, first] = [new Error('body'), new Error('second'), new Error('first')];
    const alone = await rejection(run(() => deferring(() => raise(body))));
    expect(alone).to.equal(body);
    const ofCleanup = await rejection(
      run(() =>
        deferring(function* () {
          defer(() => raise(first));
        }),
      ),
    );
    expect(ofCleanup).to.equal(first);
    const all = await rejection(
      run(() =>
        deferring(function* () {
          defer(() => raise(first));
          defer(function* () {
            yield* checkpoint();
            throw second;
          });
          throw body;
        }),
      ),
    );
    expect(all)
      .to.be.instanceOf(ExceptionGroup)
      .with.property('errors')
      .that.deep.equals([body, second, first]);
  });

  it('an error of a clean-up goes before the cancellation of the body', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        moveOnAfter(1, () =>
          deferring(function* () {
            defer(() => raise(boom));
            yield* sleepForever();
          }),
        ),
      ),
    );
    expect(error).to.equal(boom);
  });

  it('an error beside a cancellation, in a group of the body, is kept too', async () => {
    const [own, boom] = [new Error('own'), new Error('boom')];
    const error = await rejection(
      run(() =>
        cancelScope((scope) =>
          deferring(function* () {
            defer(() => raise(boom));
            scope.cancel();
            try {
              yield* checkpoint();
            } catch (cancelled) {
              throw new ExceptionGroup([cancelled, own]);
            }
          }),
        ),
      ),
    );
    expect((error as ExceptionGroup).leaves()).to.deep.equal([own, boom]);
  });

  it('regions nest, and each task has its own', function* () {
    const labels: unknown[] = [];
    yield* deferring(function* () {
      defer(() => void labels.push('outer'));
      yield* deferring(function* () {
        defer(() => void labels.push('inner'));
      });
      defer(() => void labels.push('outer again'));
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          try {
            defer(() => {});
          } catch (error) {
            labels.push((error as Error).message.replace(/ (and|is) .*/, ''));
          }
        });
      });
    });
    expect(labels).to.deep.equal(['inner', 'defer(cleanup)', 'outer again', 'outer']);
  });

  it('refuses a clean-up that comes too late, is none, or is outside of any region or task', async () => {
    const labels: unknown[] = [];
    await run(function* () {
      let kept: (cleanup: () => void) => void = () => {};
      yield* deferring(function* (deferHere) {
        kept = deferHere;
        labels.push(thrown(() => defer(7 as never)) instanceof TypeError);
      });
      labels.push((thrown(() => kept(() => {})) as Error).message.includes('too late'));
      labels.push((thrown(() => defer(() => {})) as Error).message.includes('in none'));
    });
    expect(labels).to.deep.equal([true, true, true]);
    expect(thrown(() => defer(() => {}))).to.be.instanceOf(NoEventLoopError);
    expect(thrown(() => deferring(7 as never))).to.be.instanceOf(TypeError);
  });
});

onEachBackend('use', (run, { it }) => {
  class Door {
    readonly labels: unknown[];
    constructor(labels: unknown[]) {
      this.labels = labels;
    }
    *close(): Coroutine<void> {
      yield* sleep(1);
      this.labels.push('closed');
    }
  }

  function* open(labels: unknown[]): Coroutine<Door> {
    yield* sleep(1);
    labels.push('opened');
    return new Door(labels);
  }

  it('acquires, runs the body, releases, and gives the value of the body', function* () {
    const labels: unknown[] = [];
    const value = yield* use(open(labels), function* (door) {
      same<typeof door, Door>();
      defer(() => void labels.push('deferred in the body'));
      yield* checkpoint();
      return 'value';
    });
    labels.push(value);
    expect(labels).to.deep.equal(['opened', 'deferred in the body', 'closed', 'value']);
  });

  it('releases in every way that JavaScript has', async () => {
    const labels: unknown[] = [];
    const ways = [
      { [Symbol.dispose]: () => void labels.push('dispose') },
      { [Symbol.asyncDispose]: async () => void labels.push('asyncDispose') },
      { close: () => void labels.push('close') },
      { close: async () => void labels.push('close, a promise') },
    ];
    await run(function* () {
      for (const way of ways) {
        yield* use(
          (function* () {
            return way;
          })(),
          () => checkpoint(),
        );
      }
      yield* use(
        (function* () {
          return 7;
        })(),
        () => checkpoint(),
        (n) => void labels.push(`release ${n}`),
      );
    });
    expect(labels).to.deep.equal(['dispose', 'asyncDispose', 'close', 'close, a promise', 'release 7']);
  });

  it('releases what was acquired, whenever the cancellation comes', async () => {
    for (let ms = 0; ms < 4; ms++) {
      const labels: unknown[] = [];
      await run(() =>
        moveOnAfter(ms, () =>
          use(open(labels), function* () {
            yield* sleep(1);
          }),
        ),
      );
      expect(labels, `cancelled after ${ms} ms`).to.satisfy(
        () => labels.length === 0 || (labels.length === 2 && labels[1] === 'closed'),
      );
    }
  });

  it('keeps the errors of body and release', async () => {
    const [body, release] = [new Error('body'), new Error('release')];
    const error = await rejection(
      run(() =>
        use(
          checkpoint(),
          () => raise(body),
          () => raise(release),
        ),
      ),
    );
    expect(error).to.be.instanceOf(ExceptionGroup).with.property('errors').that.deep.equals([body, release]);
  });

  it('closes what can be disposed of too if the body has returned, and else disposes of it', function* () {
    const labels: unknown[] = [];
    class BothWays extends Door {
      [Symbol.dispose](): void {
        this.labels.push('disposed of');
      }
    }
    const opened = call(function* () {
      yield* checkpoint();
      return new BothWays(labels);
    });
    yield* use(opened, () => sleep(1));
    yield* failure(
      use(opened, function* () {
        yield* sleep(1);
        throw new Error('boom');
      }),
    );
    yield* moveOnAfter(1, () => use(opened, () => sleep(5)));
    expect(labels).to.deep.equal(['closed', 'disposed of', 'disposed of']);
  });

  it('what was sent to a stream of Node arrives', async () => {
    const chunks: number[] = [];
    const slow = new Writable({
      write(chunk: Uint8Array, _encoding, callback) {
        chunks.push(...chunk);
        setTimeout(callback, 1);
      },
    });
    await run(() =>
      use(
        call(function* () {
          yield* checkpoint();
          return fromNodeWritable(slow);
        }),
        function* (sink) {
          for (let i = 0; i < 4; i++) yield* sink.send(Uint8Array.of(i));
        },
      ),
    );
    expect(chunks).to.deep.equal([0, 1, 2, 3]);
  });

  it('a release may give what can be iterated and is no operation', function* () {
    for (const given of [['a', 'list'], new Map([[1, 2]]), new Uint8Array(2)]) {
      const value = yield* use(
        sleep(1),
        function* () {
          return 'done';
        },
        () => given,
      );
      expect(value).to.equal('done');
    }
  });

  it('refuses what nobody knows how to release, and what is no operation', async () => {
    const error = await rejection(run(() => use(checkpoint() as never, () => checkpoint())));
    expect(error)
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .match(/third argument/);
    expect(thrown(() => use(7 as never, () => checkpoint()))).to.be.instanceOf(TypeError);
    expect(thrown(() => use(checkpoint(), 7 as never, () => {}))).to.be.instanceOf(TypeError);
  });
});

describe('types: use and deferring', () => {
  it('know resource and value', () => {
    const value = runSync(
      function* () {
        const one = yield* use(
          checkpoint(),
          function* () {
            return 1;
          },
          () => {},
        );
        same<typeof one, number>();
        const text = yield* deferring(function* () {
          return 'text';
        });
        same<typeof text, string>();
        return [one, text];
      },
      { backend: 'virtual' },
    );
    expect(value).to.deep.equal([1, 'text']);
  });
});

/** `until`: waiting for promises. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  isCancelled,
  moveOnAfter,
  type Operation,
  run as runOnce,
  shield,
  sleepForever,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { ending, failure, outcome } from '../support/outcome.js';

/** Runs the body in a scope that the host cancels after 1 ms: virtual deadlines stand still during such waits (L8). */
function* cutShort(body: () => Operation<unknown>): Coroutine<void> {
  const scope = new CancelScope();
  setTimeout(() => scope.cancel(), 1);
  yield* scope.run(body);
}

const hostTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** Does something and gives back the rejections that nobody had heard of a turn of the host later. */
async function unhandledDuring(doing: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    await doing();
    await hostTurn();
  } finally {
    process.off('unhandledRejection', note);
  }
  return unhandled;
}

/** A promise and what settles it. */
function deferred<T>() {
  const settle: { resolve?: (value: T) => void; reject?: (error: unknown) => void } = {};
  const promise = new Promise<T>((resolve, reject) => {
    settle.resolve = resolve;
    settle.reject = reject;
  });
  return {
    promise,
    resolve: (value: T) => settle.resolve?.(value),
    reject: (error: unknown) => settle.reject?.(error),
  };
}

onEachBackend('until(promise)', (run, { it }) => {
  it('gives the value, typed, of a promise that was or will be resolved', function* () {
    const values = yield* call(function* () {
      const was: number = yield* until(Promise.resolve(1));
      const will: string = yield* until(new Promise<string>((resolve) => setTimeout(resolve, 2, 'later')));
      return [was, will];
    });
    expect(values).deep.equal([1, 'later']);
  });

  it('throws what the promise was rejected with, the object itself, error or not', function* () {
    const boom = new Error('boom');
    const seen: unknown[] = [];
    for (const why of [boom, undefined, 'text']) {
      seen.push(yield* failure(until(Promise.reject(why))));
      seen.push(yield* failure(until(hostTurn().then(() => Promise.reject(why)))));
    }
    expect(seen).deep.equal([boom, boom, undefined, undefined, 'text', 'text']);
    expect(seen[0]).equal(boom);
  });

  it('takes any thenable, calls its then once at each yield and not before', function* () {
    const story: string[] = [];
    class Thenable implements PromiseLike<string> {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      then: PromiseLike<string>['then'] = (...reactions) => {
        story.push('then');
        return Promise.resolve('value').then(...reactions);
      };
    }
    const effect = until(new Thenable());
    story.push('made');
    story.push(yield* effect);
    story.push(yield* effect);
    expect(story).deep.equal(['made', 'then', 'value', 'then', 'value']);
  });

  it('a thenable whose then throws, or calls both sides, ends the wait once', function* () {
    const story: string[] = [];
    const throwing: PromiseLike<never> = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      then: () => {
        throw new RangeError('no then today');
      },
    };
    const both: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      then: (onFulfilled, onRejected) => {
        onFulfilled?.('value');
        onRejected?.(new Error('error'));
        return new Promise(() => {});
      },
    };
    for (const thenable of [throwing, both]) story.push(yield* outcome(until<unknown>(thenable)));
    story.push(yield* outcome(checkpoint()));
    expect(story).deep.equal(['RangeError: no then today', 'value value', 'value undefined']);
  });

  it('one promise may be awaited by many tasks, and again after that', function* () {
    const { promise, resolve } = deferred<string>();
    const story: string[] = [];
    const effect = until(promise);
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b']) {
        tg.startSoon(function* () {
          story.push(name + (yield* effect));
        });
      }
      yield* checkpoint();
      resolve('!');
    });
    story.push(yield* effect);
    expect(story).deep.equal(['a!', 'b!', '!']);
  });

  it('when cancelled it stops waiting at once, and the promise goes its own way', function* () {
    const { promise, resolve } = deferred<string>();
    const story: string[] = [];
    yield* cutShort(function* () {
      story.push(yield* outcome(until(promise)));
    });
    resolve('late');
    story.push(yield* until(promise));
    expect(story).deep.equal(['Cancelled', 'late']);
  });

  it('a rejection that comes after the wait was cancelled is not an unhandled one', async () => {
    const unhandled = await unhandledDuring(async () => {
      const { promise, reject } = deferred<string>();
      await run(() => cutShort(() => until(promise)));
      reject(new Error('too late'));
    });
    expect(unhandled).deep.equal([]);
  });

  it('in a cancelled scope it throws Cancelled, whatever has become of the promise', function* () {
    const story: string[] = [];
    yield* cancelScope(function* (scope) {
      scope.cancel();
      story.push(yield* outcome(until(Promise.resolve('value'))));
    });
    expect(story).deep.equal(['Cancelled']);
  });

  it('a promise given to it in a cancelled scope is taken care of: its rejection is not unhandled', async () => {
    const unhandled = await unhandledDuring(async () => {
      await run(function* () {
        yield* cancelScope(function* (scope) {
          scope.cancel();
          yield* outcome(until(Promise.reject(new Error('heard by until'))));
        });
      });
    });
    expect(unhandled).deep.equal([]);
  });

  it('a Cancelled that a nested run rejects with is an error like any other out here', async () => {
    const error = await rejection(
      run(function* () {
        const inner = run(() => sleepForever());
        setTimeout(() => inner.cancel('inner only'), 1);
        yield* until(inner);
      }),
    );
    expect(isCancelled(error)).equal(false);
    expect(error).instanceOf(Error);
    expect(error instanceof Error && isCancelled(error.cause)).equal(true);
  });
});

onEachBackend('until((signal) => promise)', (run, { it }) => {
  /** Runs an operation in a scope that the host cancels after 2 ms, and tells the rest of the story. */
  function* cancelledSoon(story: unknown[], body: () => Operation<unknown>): Coroutine<void> {
    const scope = new CancelScope();
    setTimeout(() => {
      scope.cancel('enough');
      story.push('cancel called');
    }, 2);
    yield* scope.run(function* () {
      story.push(yield* outcome(body()));
      story.push(`then ${yield* outcome(checkpoint())}`);
    });
  }

  /** What a well-behaved API does: rejects with an AbortError when the signal aborts. */
  const abortable = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), {
        once: true,
      });
    });

  it('gives the value, typed, and calls the function once with a signal that has not aborted', async () => {
    const story: unknown[] = [];
    const value = await run(function* () {
      const length: number = yield* until(async (signal) => {
        story.push('called', signal.aborted);
        await hostTurn();
        return 'text'.length;
      });
      return length;
    });
    expect([...story, value]).deep.equal(['called', false, 4]);
  });

  it('throws what the promise is rejected with, and what the function throws', function* () {
    const story: string[] = [];
    story.push(yield* outcome(until(() => Promise.reject(new RangeError('rejected')))));
    story.push(
      yield* outcome(
        until((): Promise<void> => {
          throw new RangeError('thrown');
        }),
      ),
    );
    expect(story).deep.equal(['RangeError: rejected', 'RangeError: thrown']);
  });

  it('an AbortError that nobody asked for is an error', async () => {
    const error = await rejection(
      run(() => until(() => Promise.reject(new DOMException('not by us', 'AbortError')))),
    );
    expect(error).instanceOf(DOMException);
  });

  it('aborts the signal in the step of the cancel, with the Cancelled as its reason', function* () {
    const story: unknown[] = [];
    const reasons: unknown[] = [];
    yield* cancelledSoon(story, () =>
      until((signal) => {
        signal.addEventListener('abort', () => {
          story.push('signal aborted');
          reasons.push(signal.reason);
        });
        return abortable(signal);
      }),
    );
    expect(story).deep.equal(['signal aborted', 'cancel called', 'Cancelled', 'then Cancelled']);
    expect(reasons.map((reason) => isCancelled(reason) && reason.reason)).deep.equal(['enough']);
  });

  it('waits until the promise has settled: nothing is left running when the scope is left', async () => {
    const story: unknown[] = [];
    await run(function* () {
      yield* cancelledSoon(story, () =>
        until(async (signal) => {
          await abortable(signal).catch(() => {});
          await hostTurn();
          story.push('promise settles');
          throw new DOMException('aborted', 'AbortError');
        }),
      );
      story.push('scope left');
    });
    expect(story).deep.equal([
      'cancel called',
      'promise settles',
      'Cancelled',
      'then Cancelled',
      'scope left',
    ]);
  });

  const endings: readonly [string, (signal: AbortSignal) => Promise<unknown>, string][] = [
    ['an AbortError', abortable, 'Cancelled'],
    [
      "the signal's reason",
      (signal) => abortable(signal).catch(() => Promise.reject(signal.reason)),
      'Cancelled',
    ],
    [
      'an AbortError that is a plain Error of that name, as Node throws it',
      (signal) =>
        abortable(signal).catch(() =>
          Promise.reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' })),
        ),
      'Cancelled',
    ],
    [
      'an error of its own',
      (signal) => abortable(signal).catch(() => Promise.reject(new RangeError('own error'))),
      'RangeError: own error',
    ],
    [
      'a value after all',
      (signal) => abortable(signal).catch(() => 'what had arrived'),
      'value what had arrived',
    ],
    ['undefined', (signal) => abortable(signal).catch(() => {}), 'value undefined'],
  ];
  for (const [name, answer, result] of endings) {
    it(`C12: the outcome after the abort: ${name}`, function* () {
      const story: unknown[] = [];
      yield* cancelledSoon(story, () => until(answer));
      expect(story).deep.equal(['cancel called', result, 'then Cancelled']);
    });
  }

  it('a function that cannot be aborted is waited for, and its value kept', function* () {
    const story: unknown[] = [];
    const { promise, resolve } = deferred<string>();
    yield* cancelledSoon(story, () =>
      until((signal) => {
        signal.addEventListener('abort', () => setTimeout(resolve, 5, 'deaf but done'));
        return promise;
      }),
    );
    expect(story).deep.equal(['cancel called', 'value deaf but done', 'then Cancelled']);
  });

  it('a scope is left with the value that arrived after the cancel', function* () {
    const story: unknown[] = [];
    const scope = new CancelScope();
    setTimeout(() => scope.cancel(), 2);
    const value = yield* scope.run(() => until((signal) => abortable(signal).catch(() => 'kept')));
    story.push(value, scope.cancelCalled, scope.cancelledCaught);
    expect(story).deep.equal(['kept', true, false]);
  });

  it('C12: the function is not called in a scope already cancelled, and is under a shield in it', async () => {
    const story: string[] = [];
    await run(function* () {
      yield* cancelScope(function* (scope) {
        scope.cancel();
        const fetch = async (signal: AbortSignal): Promise<string> => {
          story.push(`called, aborted: ${signal.aborted}`);
          return 'value';
        };
        story.push(yield* outcome(until(fetch)));
        story.push(yield* outcome(shield(() => until(fetch))));
      });
    });
    expect(story).deep.equal(['Cancelled', 'called, aborted: false', 'value value']);
  });

  it('a function that cancels its own scope finds its signal aborted', async () => {
    const story: string[] = [];
    await run(function* () {
      const scope = new CancelScope();
      yield* scope.run(function* () {
        story.push(
          yield* outcome(
            until(async (signal) => {
              scope.cancel();
              await hostTurn();
              story.push(`aborted: ${signal.aborted}`);
              signal.throwIfAborted();
            }),
          ),
        );
      });
    });
    expect(story).deep.equal(['aborted: true', 'Cancelled']);
  });

  it('the signal never aborts after normal completion, nor after a failure', async () => {
    const signals: AbortSignal[] = [];
    const story: string[] = [];
    await run(function* () {
      yield* cancelScope(function* (scope) {
        yield* until(async (signal) => void signals.push(signal));
        yield* outcome(
          until((signal) => {
            signals.push(signal);
            return Promise.reject(new Error('failed'));
          }),
        );
        yield* outcome(
          until((signal): Promise<void> => {
            signals.push(signal);
            throw new Error('thrown');
          }),
        );
        for (const signal of signals) signal.addEventListener('abort', () => story.push('aborted'));
        scope.cancel();
        story.push(yield* outcome(checkpoint()));
      });
    });
    await hostTurn();
    expect(story).deep.equal(['Cancelled']);
    expect(signals.map((signal) => signal.aborted)).deep.equal([false, false, false]);
  });

  it('the signal does not abort when the promise had settled before the cancel, in one turn of the host', async () => {
    const story: unknown[] = [];
    const { promise, resolve } = deferred<string>();
    await run(function* () {
      const scope = new CancelScope();
      yield* scope.run(function* () {
        setTimeout(() => {
          resolve('settled');
          // the wait hears of it two microtasks from now at the latest; this comes after
          setImmediate(() => scope.cancel());
        }, 2);
        const how = yield* outcome(
          until((signal) => {
            signal.addEventListener('abort', () => story.push('aborted'));
            return promise;
          }),
        );
        story.push(how);
      });
    });
    expect(story).deep.equal(['value settled']);
  });

  it('each wait has a signal of its own, and none leaves a listener on the scope or its signal', async () => {
    const signals = new Set<AbortSignal>();
    const listeners: number[] = [];
    await run(function* () {
      yield* cancelScope(function* (scope) {
        const before = getEventListeners(scope.signal, 'abort').length;
        for (let i = 0; i < 50; i++) {
          yield* until(async (signal) => void signals.add(signal));
          yield* cutShort(() => until(abortable));
        }
        listeners.push(getEventListeners(scope.signal, 'abort').length - before);
      });
    });
    expect(signals.size).equal(50);
    expect(listeners).deep.equal([0]);
  });

  it('the waits of many tasks are aborted by one cancel, with one reason', function* () {
    const reasons: unknown[] = [];
    yield* cutShort(() =>
      taskGroup(function* (tg) {
        for (let i = 0; i < 20; i++) {
          tg.startSoon(() =>
            until((signal) =>
              abortable(signal).finally(() => {
                reasons.push(signal.reason);
              }),
            ),
          );
        }
      }),
    );
    expect(reasons.length).equal(20);
    expect(new Set(reasons).size).equal(1);
    expect(reasons.every(isCancelled)).equal(true);
  });

  it('a deadline aborts too', async () => {
    // Not on the virtual clock, which stands still while a promise is waited for (L8).
    const reasons: unknown[] = [];
    const value = await runOnce(
      () =>
        moveOnAfter(
          2,
          () => until((signal) => abortable(signal).finally(() => reasons.push(signal.reason))),
          { otherwise: 'time ran out' },
        ),
      { backend: 'node' },
    );
    expect([value, reasons.map(isCancelled)]).deep.equal(['time ran out', [true]]);
  });

  it('cancelling the run from outside aborts the wait and waits for it', async () => {
    const story: string[] = [];
    const running = run(() =>
      until(async (signal) => {
        try {
          await abortable(signal);
        } finally {
          await hostTurn();
          story.push('request closed');
        }
      }),
    );
    setTimeout(() => running.cancel(), 5);
    story.push(ending(await rejection(running)));
    expect(story).deep.equal(['request closed', 'Cancelled']);
  });
});

/** Types of coroutines, effects and operations: `yield*` infers, a plain `yield` gives unknown, a forgotten star fails. */
import { expect } from 'chai';
import {
  type Cancelled,
  type Coroutine,
  call,
  type cancelShieldedCheckpoint,
  checkpoint,
  type checkpointIfCancelled,
  coroutine,
  type currentTime,
  Effect,
  KEEP_WAITING,
  type Operation,
  runSync,
  sleep,
  type sleepForever,
  type sleepUntil,
  suspend,
  until,
} from 'treadle';
import { never, same } from '../support/types.js';

function* sleepThenGive<T>(value: T): Coroutine<T> {
  yield* sleep(1);
  return value;
}

/** Return type inferred, not declared: TypeScript must not fall into any here either. */
function* undeclared() {
  yield* sleep(1);
  return 'text';
}

describe('types: coroutines and effects', () => {
  it('yield* gives the type of a coroutine, generic or with an inferred return type', () => {
    const result = runSync(function* () {
      const number = yield* sleepThenGive(3);
      same<typeof number, number>();
      const list = yield* sleepThenGive([new Date(0)]);
      same<typeof list, Date[]>();
      const text = yield* undeclared();
      same<typeof text, string>();
      return { number, text };
    });
    same<typeof result, { number: number; text: string }>();
    expect(result).to.deep.equal({ number: 3, text: 'text' });
  });

  it('yield* gives the type of an effect', () => {
    runSync(function* () {
      const slept = yield* sleep(0);
      same<typeof slept, void>();
      const passed = yield* checkpoint();
      same<typeof passed, void>();
      const ready = yield* suspend<number>((resume) => resume(5));
      same<typeof ready, number>();
      expect(ready).to.equal(5);
    });
    same<ReturnType<typeof sleep>, Effect<void>>();
    same<ReturnType<typeof sleepUntil>, Effect<void>>();
    same<ReturnType<typeof sleepForever>, Effect<never>>();
    same<ReturnType<typeof checkpoint>, Effect<void>>();
    same<ReturnType<typeof checkpointIfCancelled>, Effect<void>>();
    same<ReturnType<typeof cancelShieldedCheckpoint>, Effect<void>>();
    same<ReturnType<typeof currentTime>, number>();
  });

  it('a plain yield gives unknown, not any', () => {
    runSync(function* (): Coroutine<void> {
      const value = yield sleepThenGiveEffect(7);
      same<typeof value, unknown>();
      expect(value).to.equal(7);
    });
  });

  it('a forgotten star does not compile: a coroutine is no effect', () => {
    never(
      function* (): Coroutine<void> {
        // @ts-expect-error a coroutine wants yield*
        yield undeclared();
      },
      function* (): Coroutine<void> {
        // @ts-expect-error a generic coroutine too
        yield sleepThenGive(3);
      },
      function* (): Coroutine<void> {
        // @ts-expect-error a promise wants until()
        yield Promise.resolve(1);
      },
      function* (): Coroutine<void> {
        // @ts-expect-error nothing at all
        yield;
      },
      function* (): Coroutine<void> {
        // @ts-expect-error an object that looks like an effect
        yield { [Symbol.iterator]: () => sleep(1)[Symbol.iterator]() };
      },
      function* (): Coroutine<void> {
        yield sleep(1); // and this does
      },
    );
    // The same without a declared return type, where the body is handed over.
    never(() =>
      runSync(
        // @ts-expect-error the inferred generator yields something that is no effect
        function* () {
          yield undeclared();
        },
      ),
    );
    // And where the compiler was told to look away, the engine says what is missing.
    const told = runSync(function* (): Coroutine<unknown> {
      try {
        // @ts-expect-error the mistake itself
        yield undeclared();
      } catch (error) {
        return error;
      }
      return undefined;
    });
    expect(told).to.be.instanceOf(TypeError);
    expect(String(told)).to.contain('yield*');
  });

  it('effects are nominal: a class of the same shape is none', () => {
    class Lookalike {
      *[Symbol.iterator](): Coroutine<void> {}
    }
    never(() => {
      // @ts-expect-error the shape is not enough
      const effect: Effect<void> = new Lookalike();
      return effect;
    });
    // @ts-expect-error and Effect itself cannot be instantiated
    never(() => new Effect());
    expect(new Lookalike()).to.not.be.instanceOf(Effect);
    expect(sleep(1)).to.be.instanceOf(Effect);
  });

  it('an effect of a narrower type is one of a wider type, not the other way round', () => {
    const narrow = call(function* () {
      return 5 as const;
    });
    const wide: Effect<number> = narrow;
    same<typeof narrow, Effect<5>>();
    const widest: Effect<unknown> = wide;
    never(() => {
      // @ts-expect-error a number is not always 5
      const back: Effect<5> = wide;
      return back;
    });
    expect(widest).to.equal(narrow);
  });

  it('every effect, coroutine and generator is an operation', () => {
    const operations: Operation<unknown>[] = [sleep(1), undeclared(), sleepThenGive(1)];
    const typed: Operation<string> = undeclared();
    never(() => {
      // @ts-expect-error of a string, not of a number
      const wrong: Operation<number> = undeclared();
      return wrong;
    });
    expect(operations.concat(typed)).to.have.length(4);
  });

  it('call infers arguments and result, and refuses wrong ones', () => {
    function* repeat(text: string, times: number): Coroutine<string> {
      yield* sleep(1);
      return text.repeat(times);
    }
    const effect = call(repeat, 'ab', 2);
    same<typeof effect, Effect<string>>();
    const generic = call(sleepThenGive, 3);
    same<typeof generic, Effect<number>>();
    never(
      // @ts-expect-error an argument is missing
      () => call(repeat, 'ab'),
      // @ts-expect-error an argument has the wrong type
      () => call(repeat, 2, 'ab'),
      // @ts-expect-error an argument too many
      () => call(repeat, 'ab', 2, 3),
      // @ts-expect-error an async function returns no operation
      () => call(async () => 3),
      // @ts-expect-error a method would lose its `this`
      () => call(new Owner().method),
    );
    expect(
      runSync(function* () {
        return yield* effect;
      }),
    ).to.equal('abab');
  });

  it('coroutine keeps arguments and result, with a name or without', () => {
    const walk = coroutine('walk', function* (depth: number, label?: string): Coroutine<string> {
      return depth === 0 ? `${label}` : yield* walk(depth - 1, label);
    });
    same<typeof walk, (depth: number, label?: string) => Effect<string>>();
    const unnamed = coroutine(function* (flag: boolean) {
      yield* sleep(1);
      return flag;
    });
    same<typeof unnamed, (flag: boolean) => Effect<boolean>>();
    never(
      // @ts-expect-error a number is wanted
      () => walk('3'),
      // @ts-expect-error no result of this type
      (): Effect<number> => walk(3),
    );
    const text = runSync(function* () {
      const found = yield* walk(3, 'leaf');
      same<typeof found, string>();
      return found;
    });
    expect(text).to.equal('leaf');
  });

  it('suspend types resume by its parameter, and lets abort be left out', () => {
    const withAbort = suspend<string>((resume, fail) => {
      same<typeof resume, (value: string) => void>();
      same<typeof fail, (error: unknown) => void>();
      resume('value');
      return (cancelled) => {
        same<typeof cancelled, Cancelled>();
        return KEEP_WAITING;
      };
    });
    same<typeof withAbort, Effect<string>>();
    const without = suspend<void>((resume) => resume(), { foreign: false });
    same<typeof without, Effect<void>>();
    never(
      // @ts-expect-error the value has the wrong type
      () => suspend<string>((resume) => resume(1)),
      // @ts-expect-error foreign is a flag
      () => suspend<string>((resume) => resume(''), { foreign: 'no' }),
      // @ts-expect-error KEEP_WAITING is unique
      (): typeof KEEP_WAITING => Symbol('KEEP_WAITING'),
    );
    expect(
      runSync(function* () {
        yield* without;
        return yield* withAbort;
      }),
    ).to.equal('value');
  });

  it('until takes the type of its promise, given or made', () => {
    same<ReturnType<typeof until<number>>, Effect<number>>();
    const given = until(Promise.resolve('x'));
    same<typeof given, Effect<string>>();
    const made = until(async (signal) => {
      same<typeof signal, AbortSignal>();
      return signal.aborted;
    });
    same<typeof made, Effect<boolean>>();
    const thenable = until<bigint>({
      // biome-ignore lint/suspicious/noThenProperty: any thenable will do, and that is the point
      then: (resolve) => Promise.resolve(1n).then(resolve),
    });
    same<typeof thenable, Effect<bigint>>();
    never(
      // @ts-expect-error a number is no promise
      () => until(5),
      // @ts-expect-error nor is a coroutine
      () => until(undeclared()),
    );
    expect([given, made, thenable].every((effect) => effect instanceof Effect)).to.equal(true);
  });

  it('a coroutine may be declared, inferred, or generic in what it is given', () => {
    function* twice<T>(operation: Operation<T>): Coroutine<T | undefined> {
      const value = yield* operation;
      same<typeof value, T>();
      return value;
    }
    const result = runSync(() => twice(sleepThenGive('generic')));
    same<typeof result, string | undefined>();
    same<ReturnType<typeof twice<number>>, Generator<Effect<unknown>, number | undefined, unknown>>();
    expect(result).to.equal('generic');
  });
});

function sleepThenGiveEffect<T>(value: T): Effect<T> {
  return call(function* () {
    yield* sleep(1);
    return value;
  });
}

class Owner {
  private readonly text = 'owned';
  *method(this: Owner): Coroutine<string> {
    return this.text;
  }
}

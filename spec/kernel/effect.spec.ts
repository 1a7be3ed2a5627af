/**
 * What an effect is to those who hold one: a value that can be yielded in either way, wrapped, kept, and that is
 * told from everything else. What effects promise in general is in rules/values.
 */
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  Effect,
  moveOnAfter,
  type Operation,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend } from '../support/contract.js';
import { outcome } from '../support/outcome.js';

describe('effects as objects', () => {
  const made: readonly [string, () => unknown][] = [
    ['checkpoint', checkpoint],
    ['checkpointIfCancelled', checkpointIfCancelled],
    ['cancelShieldedCheckpoint', cancelShieldedCheckpoint],
    ['sleep', () => sleep(1)],
    ['sleepUntil', () => sleepUntil(1)],
    ['sleepForever', sleepForever],
    ['suspend', () => suspend<void>((resume) => resume())],
    ['until', () => until(Promise.resolve())],
    ['call', () => call(checkpoint)],
    ['cancelScope', () => cancelScope(checkpoint)],
    ['moveOnAfter', () => moveOnAfter(1, checkpoint)],
    ['shield', () => shield(checkpoint)],
    ['taskGroup', () => taskGroup(checkpoint)],
  ];

  for (const [name, make] of made) {
    it(`${name} makes an instance of Effect, outside a task too`, () => {
      expect(make()).instanceOf(Effect);
    });
  }

  it('a coroutine is an operation, not an effect', () => {
    const child = function* (): Coroutine<void> {};
    expect(child()).not.instanceOf(Effect);
  });

  it('types: what yield* gives is inferred, and a forgotten star does not compile', () => {
    function* child(): Coroutine<string> {
      yield* checkpoint();
      return 'text';
    }
    function* typed(tg: TaskGroup): Coroutine<number> {
      const text: string = yield* child();
      const number: number = yield* call((n: number) => suspend<number>((resume) => resume(n)), 3);
      const perhaps: string | undefined = yield* moveOnAfter(1, child);
      const settled: boolean = yield* until(Promise.resolve(true));
      const fromGroup: Date = yield* taskGroup(function* () {
        return new Date();
      });
      const fromHandle: string = yield* tg.startSoon(child);
      // @ts-expect-error the star is missing: a coroutine is no effect
      yield child();
      // @ts-expect-error a task handle is no effect either
      yield tg.startSoon(child);
      // @ts-expect-error nor is a promise
      yield Promise.resolve();
      // @ts-expect-error the value is a string
      const wrong: number = yield* child();
      // @ts-expect-error call checks the arguments
      yield* call((n: number) => sleep(n), 'three');
      return (
        text.length + number + Number(perhaps ?? settled) + fromGroup.getTime() + fromHandle.length + wrong
      );
    }
    expect(typed).a('function');
  });
});

onEachBackend('effects', (run, { it }) => {
  it('yield and yield* may be mixed in one coroutine', async () => {
    const story = await run(function* (): Coroutine<unknown[]> {
      const effect = suspend<string>((resume) => resume('value'));
      const seen: unknown[] = [yield effect, yield* effect, yield effect];
      yield sleep(1);
      yield* sleep(1);
      return seen;
    });
    expect(story).deep.equal(['value', 'value', 'value']);
  });

  it('the loop takes any operation as main, as the body of a scope and as a task', async () => {
    const effect = suspend<string>((resume) => resume('value'));
    /** An operation made by hand: what a library that wraps effects in its own objects would do. */
    const wrapped: Operation<string> = { [Symbol.iterator]: () => effect[Symbol.iterator]() };
    const story: unknown[] = [];
    for (const operation of [effect, wrapped]) {
      story.push(await run(() => operation));
      await run(function* () {
        story.push(yield* operation);
        story.push(yield* call(() => operation));
        story.push(yield* cancelScope(() => operation));
        yield* taskGroup(function* (tg) {
          story.push(yield* tg.startSoon(() => operation));
          story.push(yield* tg.createTask(operation));
          const handle = tg.startSoon(() => operation);
          story.push(yield* call(() => handle));
        });
      });
    }
    expect(story).deep.equal(Array(14).fill('value'));
  });

  it('an operation may be a generator that yields several effects before it returns', function* () {
    const story: string[] = [];
    const operation: Operation<string> = {
      *[Symbol.iterator](): Coroutine<string> {
        yield* checkpoint();
        story.push('between');
        yield* sleep(1);
        return 'whole';
      },
    };
    story.push(yield* operation, yield* operation, yield* call(() => operation));
    expect(story).deep.equal(['between', 'between', 'between', 'whole', 'whole', 'whole']);
  });

  it('a value that looks like an effect, a promise or a coroutine passes through a wait untouched', function* () {
    const values: unknown[] = [
      sleep(1),
      Promise.resolve(1),
      (function* (): Coroutine<void> {})(),
      { done: true, value: 1 },
      undefined,
      null,
      new Error('a value'),
    ];
    const same = yield* call(function* () {
      const passed: boolean[] = [];
      for (const value of values) passed.push((yield* suspend<unknown>((resume) => resume(value))) === value);
      return passed;
    });
    expect(same).deep.equal(values.map(() => true));
  });

  it('a task that returns an effect or a generator returns just that: nothing is run for it', function* () {
    const story: string[] = [];
    const effect = call(function* () {
      story.push('ran');
    });
    const value = yield* call(function* () {
      return yield* taskGroup(function* (tg) {
        return (yield* tg.startSoon(function* () {
          return { effect };
        })).effect;
      });
    });
    expect(value).equal(effect);
    expect(story).deep.equal([]);
  });

  it('return() on a coroutine that was never started, or an effect in a for loop, leaves the loop usable', function* () {
    const story: unknown[] = [];
    yield* call(function* () {
      const unused = (function* (): Coroutine<void> {
        try {
          yield* sleep(1);
        } finally {
          story.push('never');
        }
      })();
      unused.return();
      for (const effect of call(checkpoint)) {
        story.push(effect instanceof Effect);
        break;
      }
      story.push(yield* outcome(sleep(1)));
    });
    expect(story).deep.equal([true, 'value undefined']);
  });

  it('an iterator of an effect that is made and never used disturbs no other', function* () {
    const kept = checkpoint();
    kept[Symbol.iterator]();
    expect(yield* until(Promise.resolve('a value'))).equal('a value');
    sleep(1)[Symbol.iterator]();
    expect(yield* kept).equal(undefined);
    expect(yield* until(Promise.resolve('another'))).equal('another');
  });

  it('nor does one that is dropped between two resumptions of others', function* () {
    const story: unknown[] = [];
    const pass = checkpoint();
    yield* taskGroup(function* (tg) {
      const gives = (value: string) => suspend<string>((resume) => resume(value));
      tg.startSoon(function* () {
        for (const value of ['one', 'two']) story.push(yield* gives(value));
      });
      tg.startSoon(function* () {
        for (let round = 0; round < 3; round++) {
          sleep(1000)[Symbol.iterator]();
          yield pass;
        }
      });
      yield* checkpoint();
    });
    expect(story).deep.equal(['one', 'two']);
  });

  it('iterators of several effects may be made before the first of them is used', function* () {
    const gives = (value: string) => suspend<string>((resume) => resume(value));
    const story: unknown[] = [];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      const iterators = ['a', 'b', 'c'].map((value) => gives(value)[Symbol.iterator]());
      const firsts = order.map((i) => [i, iterators[i]!.next().value as Effect<unknown>] as const);
      for (const [i, effect] of firsts) {
        const last = iterators[i]!.next(yield effect);
        story.push(last.done, last.value);
      }
    }
    expect(story).deep.equal(['a', 'b', 'c', 'c', 'b', 'a'].flatMap((value) => [true, value]));
  });

  it('neither it nor the value it gave is kept when the turn is over', async () => {
    let gone: WeakRef<object>[] = [];
    await run(function* () {
      const effect = suspend<object>((resume) => resume({ of: 'some size' }));
      gone = [new WeakRef(effect), new WeakRef(yield* effect)];
    });
    await new Promise((resolve) => setTimeout(resolve, 1));
    globalThis.gc?.();
    expect(gone.map((one) => one.deref())).deep.equal([undefined, undefined]);
  });

  it('says in words what it asks for, to whoever prints it', function* () {
    const shown = [sleep(5), checkpoint(), moveOnAfter(5, () => sleep(1)), call(checkpoint)].map(String);
    expect(shown).deep.equal(['sleep(5)', 'checkpoint', 'cancelScope', 'call checkpoint']);
    expect(inspect(sleep(5))).equal('Effect { sleep(5) }');
  });
});

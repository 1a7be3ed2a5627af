/**
 * An effect is what a coroutine yields to ask the loop for something: an immutable value that says what is
 * wanted and holds no state of any wait. One effect may be yielded many times, by many tasks, at once.
 *
 * All effects are objects of one class and one shape; what they do lives in their *kind*. So the step function
 * and the `yield*` of every coroutine see a single hidden class, however many kinds a program uses. (With a
 * subclass per kind a program that mixes five of them pays 20-60 ns more for each yield: the inline caches of
 * `[Symbol.iterator]`, `next` and the dispatch all go megamorphic.)
 *
 * `yield effect` and `yield* effect` reach the loop alike. `yield*` asks for an iterator, calls `next()` for the
 * first result, hands that result to whoever resumed the generator *unchanged*, and on the next resumption calls
 * `next(value)` and, if that is `done`, goes on with its `value`:
 *
 *     coroutine              effect                        loop
 *     yield* effect  ──▶  [Symbol.iterator]()  isFresh
 *                    ──▶  next()               yielded ───▶  result.value.kind.perform(task)
 *                                                             … the task is parked, later resumed …
 *                    ──▶  next(value)          done          generator.next(value)
 *     value of the yield*  ◀── done.value
 *
 * So there is nothing to remember but "was `[Symbol.iterator]` called just now, and on which effect", and as `yield*` calls
 * it and `next()` back to back, the module's variables do for all effects, and one object is the iterator of all. It is
 * old: where an effect were its own iterator, the collector would have to be told of each young one that an older
 * coroutine keeps in its `yield*`. The two result objects are shared too: whoever gets one reads it before anything else
 * can run. An iterator that was asked for by hand and not used at once must not count: see `OwnIterator` and `resuming`.
 */
import { arrive } from '../base/arrival.js';

/** The object that a generator function returns when it is called. Calling runs nothing; only the loop runs it. */
export type Coroutine<T> = Generator<Effect<unknown>, T, unknown>;

/** Whatever `yield*` accepts inside a coroutine: a coroutine, an effect, a task handle. */
export interface Operation<T> {
  // biome-ignore lint/suspicious/noExplicitAny: TNext is what yield* passes on; unknown would refuse most iterators.
  [Symbol.iterator](): Iterator<Effect<unknown>, T, any>;
}

/** What an effect is of: see `kind.ts`, which knows what tasks and loops are. Here it is only a name. */
export interface Kind {
  /** The word a debugger or an error message shows for it. */
  readonly name: string;
  /** What such an effect asks for, in words; the name when absent. */
  describe?(effect: never): string;
}

/** The key of an effect's kind. Another copy of Treadle has another key, so its effects are recognised as foreign. */
export const KIND: unique symbol = Symbol('treadle.kind');

declare const effect: unique symbol;

/** `[Symbol.iterator]` was called just now, on the effect that is the value of `yielded`. */
let isFresh = false;

/** Makes a result of V8's own iterators, whose hidden class ours are to have: `yield` and `yield*` look alike then. */
function result(): { value: unknown; done: boolean } {
  return [][Symbol.iterator]().next() as { value: unknown; done: boolean };
}

let yielded = result();
let done = result();
yielded.done = false;

/**
 * Lets go of what passed last: called at the end of each turn, so that no value outlives its program here. New results
 * take the place of those that were used, and not for tidiness: the collector must be told of each young effect that is
 * written into an old object, and that was a tenth of the time of a program that sends and receives. These stay young.
 */
export function forgetResults(): void {
  isFresh = false;
  if (yielded.value === undefined && done.value === undefined) return;
  yielded = result();
  done = result();
  yielded.done = false;
}

/**
 * A wish put into an object. Creating one does nothing; yielding it does. Nominal: a coroutine is no effect, so
 * that a forgotten star (`yield child()`) does not compile.
 */
export abstract class Effect<out T> implements Operation<T> {
  declare protected readonly [effect]: T;
  /** @internal */
  readonly [KIND]: Kind;
  /** @internal The two arguments of the kind: every effect has both, so that all have one shape. */
  readonly a: unknown;
  /** @internal */
  readonly b: unknown;

  /** @internal Use `makeEffect` of kind.ts. */
  constructor(kind: Kind, a: unknown, b: unknown) {
    this[KIND] = kind;
    this.a = a;
    this.b = b;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the contract's type; see Operation.
  [Symbol.iterator](): Iterator<Effect<unknown>, T, any> {
    if (isFresh === true) return new OwnIterator<T>(this); // asked for by hand, and kept for later
    yielded.value = this;
    isFresh = true;
    return iteratorOfAll as Iterator<Effect<unknown>, never, unknown>;
  }

  /** What it asks for, in words: 'sleep(300)'. */
  toString(): string {
    const kind = this[KIND];
    return kind.describe?.(this as never) ?? kind.name;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Effect { ${this} }`;
  }
}

/** The iterator's side of `yield*`. */
class EffectIterator {
  next(value?: unknown): IteratorResult<Effect<unknown>, unknown> {
    if (isFresh === true) {
      isFresh = false;
      return yielded as IteratorYieldResult<Effect<unknown>>;
    }
    done.value = value;
    return done as IteratorReturnResult<unknown>;
  }

  /** An error that the loop throws into a coroutine passes through its `yield*`. */
  throw(error: unknown): never {
    arrive(error, this.throw);
    throw error;
  }

  return(value?: unknown): IteratorReturnResult<unknown> {
    return { value, done: true };
  }
}

const iteratorOfAll: unknown = new EffectIterator();

/** The iterator of an effect that is asked for one while that of all has been given away and not been used yet. */
class OwnIterator<T> implements Iterator<Effect<unknown>, T, T> {
  private effect: Effect<T> | null;

  constructor(effect: Effect<T>) {
    this.effect = effect;
  }

  next(value: T): IteratorResult<Effect<unknown>, T> {
    const { effect } = this;
    this.effect = null;
    return effect === null ? { value, done: true } : { value: effect, done: false };
  }

  throw(error: unknown): never {
    arrive(error, this.throw);
    throw error;
  }
}

/** The loop is about to resume a coroutine: `next` will be called with what its `yield*` gives, not for the first time. */
export function resuming(): void {
  isFresh = false;
}

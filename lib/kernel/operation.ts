/**
 * From what users pass to what the loop drives: a generator that nobody else drives (rule V1).
 *
 * Which generators may be driven? One that a generator function has just made may: it is new by construction.
 * One that a user made earlier and kept may have been used before, so it is stamped when the engine takes it, and refused the second time.
 * JavaScript tells nobody whether a generator has started, so one that was advanced by hand before the engine
 * ever met it cannot be recognised.
 *
 * The stamp is a private field: nobody sees it, and it costs 10 ns where a WeakSet costs 2 µs a coroutine.
 */
import { announce } from '../base/arrival.js';
import { describe } from '../base/durations.js';
import { disown, isThenable } from '../base/thenable.js';
import { type Coroutine, Effect, KIND, type Operation } from './effect.js';

export type Body<A extends unknown[], T> = (this: void, ...args: A) => Operation<T>;

const GeneratorPrototype: Coroutine<unknown> = Object.getPrototypeOf(
  Object.getPrototypeOf((function* () {})()),
) as Coroutine<unknown>;

type Resume = (this: Coroutine<unknown>, value: unknown) => IteratorResult<unknown, unknown>;

/**
 * The engine's own functions, called with the generator as receiver: a lookup of `next` on each generator would
 * be megamorphic, for the objects of each generator function have a hidden class of their own.
 */
export const generatorNext: Resume = GeneratorPrototype.next;
export const generatorThrow: Resume = GeneratorPrototype.throw;

class Stampable {
  constructor(generator: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what puts the subclass's field on a foreign object.
    return generator;
  }
}

class Stamp extends Stampable {
  readonly #taken = true;

  static isOn(generator: object): boolean {
    return #taken in generator;
  }
}

/** A coroutine that has ended: takes the place of the one of a task that has, so that its memory can go. */
export const ENDED: Coroutine<never> = (function* (): Coroutine<never> {
  throw new Error('this coroutine has ended');
})();

/** A coroutine that throws: in the place of one that could not be made. */
export function* failing(error: unknown): Coroutine<never> {
  throw error;
}

/** Notes that the engine drives this generator. */
export function stamp(generator: object): void {
  if (!Stamp.isOn(generator)) new Stamp(generator);
}

/** %GeneratorFunction%: the `constructor` of every function*, inherited, so that the look is monomorphic and cheap. */
const GeneratorFunction = function* () {}.constructor;

/** Whether calling `fn` gives a new generator and runs nothing. */
export function isGeneratorFunction(fn: object): boolean {
  return fn.constructor === GeneratorFunction;
}

/** Takes what calling `fn` has given: a generator to drive. `where` names the user's call, for the error. */
export function adoptResult(operation: unknown, fn: object, where: string): Coroutine<unknown> {
  // A call of a generator function gives a generator, and always a new one: there is nothing to check.
  if (isGeneratorFunction(fn)) return operation as Coroutine<unknown>;
  return adopt(operation, where);
}

/** Takes an operation that a user made: a generator to drive. */
export function adopt(operation: unknown, where: string): Coroutine<unknown> {
  if (!checkOperation(operation, where)) return delegate(operation as Operation<unknown>);
  new Stamp(operation as object);
  return operation as Coroutine<unknown>;
}

/**
 * Refuses what `adopt` would refuse and takes nothing: for functions that take several operations, and are to
 * begin none of them if one is bad. True: it is a coroutine object, which runs only once.
 */
export function checkOperation(operation: unknown, where: string): boolean {
  if (isGenerator(operation)) {
    if (!Stamp.isOn(operation)) return true;
    throw new TypeError(
      `${where} was given a coroutine object that has been given to Treadle before: it has started, has ended or ` +
        'belongs to another task, and can run only once; call its generator function again for a new one',
    );
  }
  if (isOperation(operation)) return false;
  throw notAnOperation(operation, where);
}

/** Never called: there is no constructor of generators, and `instanceof`, which V8 compiles to a few loads, needs one. */
function Generator(): void {}
Generator.prototype = GeneratorPrototype;

/** Whether it is what a generator function gives, used or not. */
export function isGenerator(value: unknown): value is Coroutine<unknown> {
  return value instanceof Generator;
}

function isOperation(value: unknown): value is Operation<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Promise) &&
    typeof (value as Operation<unknown>)[Symbol.iterator] === 'function'
  );
}

/** An operation that is no generator runs inside one. */
function* delegate<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}

const ASYNC_ITERABLE = [
  'an async generator, or another async iterable',
  'write the function as function*, or receive from it with fromAsyncIterable(iterable)',
] as const;

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What `where` was given is no operation: says so, and what to do instead. */
export function notAnOperation(value: unknown, where: string): TypeError {
  const given = (what: string, remedy: string) => new TypeError(`${where} was given ${what}; ${remedy}`);
  if (isThenable(value)) {
    disown(value);
    return given(
      'a Promise, or an async function, which gives one',
      'write the function as function* and wait for promises in it with yield* until(promise)',
    );
  }
  if (value === undefined) {
    return given(
      'a function that returned undefined',
      'write it as function*, or return an operation from it',
    );
  }
  if (isAsyncIterable(value)) return given(...ASYNC_ITERABLE);
  if (typeof value === 'function') {
    return given(describe(value), 'call it: an operation is what a generator function returns');
  }
  return given(
    `${describe(value)}, which is no operation`,
    'pass a coroutine (call a function*), an effect or a task handle',
  );
}

/**
 * What a coroutine has thrown; in the place of a proxy that does not let itself be looked at, an error that says so.
 * From here on everybody asks errors what they are, and none of that may be the end of the loop.
 */
export function thrownValue(thrown: unknown): unknown {
  try {
    void (thrown instanceof Error);
    return thrown;
  } catch (cause) {
    return new TypeError('a proxy was thrown that throws when it is looked at; throw an Error', { cause });
  }
}

/** What is thrown at a yield: what the effect threw that was to be done, or what is wrong with something else than an effect. */
export function yieldError(yielded: unknown, thrown: unknown): unknown {
  try {
    return announce(yielded instanceof Effect ? thrown : notAnEffect(yielded));
  } catch (cause) {
    // A proxy, or a getter `then`: one coroutine's mistake must not be the end of the loop.
    const what =
      'a coroutine yielded an object that is no effect, and that throws when it is looked at; only effects may be yielded';
    return new TypeError(what, { cause });
  }
}

function notAnEffect(value: unknown): TypeError {
  const yielded = (what: string, remedy: string) => new TypeError(`a coroutine yielded ${what}; ${remedy}`);
  if (isThenable(value)) {
    disown(value);
    return yielded('a Promise', 'wait for it with yield* until(promise)');
  }
  if (isAsyncIterable(value)) return yielded(...ASYNC_ITERABLE);
  if (isGenerator(value)) {
    return yielded(
      'a coroutine object',
      'run it with yield* coroutine(), with a star, or with yield* call(coroutine)',
    );
  }
  if (value === undefined) {
    return yielded('undefined', 'to let other tasks run, use yield* checkpoint()');
  }
  if (typeof value === 'function') {
    const isAsync = Object.prototype.toString.call(value) === '[object AsyncFunction]';
    return isAsync
      ? yielded(
          `the async function ${value.name || '(anonymous)'}`,
          'wait for it with yield* until(() => fn())',
        )
      : yielded(describe(value), 'call it, or run it with yield* call(fn)');
  }
  if (typeof value === 'object' && value !== null) {
    const foreign = Object.getOwnPropertySymbols(value).some((key) => key.description === KIND.description);
    if (foreign && !(value instanceof Effect)) {
      return yielded(
        'an effect of another copy of Treadle',
        'see to it that the program loads the package once; what debugs or records a bundle needs it left out (--external:treadle)',
      );
    }
    if (typeof (value as Operation<unknown>)[Symbol.iterator] === 'function') {
      return yielded(`${describe(value)}, an operation, without a star`, 'write yield* operation');
    }
  }
  return yielded(describe(value), 'only effects may be yielded; use yield* with an operation');
}

ENDED.return(undefined as never);
stamp(ENDED);

/**
 * Who has delegated to whom by native `yield*`.
 *
 * A frame entered by `call` lies on the task's own stack, where anyone can see it. Of `yield* child()` the engine of
 * JavaScript keeps the delegate in a register of the suspended generator, which no API shows. But whoever delegates
 * *calls*: `yield*` looks up `next` of the delegate once, when it begins, and calls it for each value. So while
 * somebody watches, `next`, `throw` and `return` of %GeneratorPrototype% are wrapped, and note who called:
 *
 *     loop ── generatorNext ──▶ outer ── yield* ──▶ next(inner)   wrapped: `running` tells that outer called it
 *             (the kernel's own                        │
 *              copy: not wrapped)                      ▼ { value: an effect, done: false }
 *                                           outer has delegated to inner, until it sees inner's end
 *
 * `yield*` hands the result object of its delegate on as it is, so a generator that is merely iterated over (by
 * `for…of`, say) is told apart when its caller gives another object. For the coroutine that the loop itself resumes
 * the object is not to be seen; there the delegate must have given an effect.
 *
 * Delegations that began before the watch are unknown to it: see `heap-links.ts`.
 */
import { taskInStep } from '../../kernel/current.js';
import { type Coroutine, Effect } from '../../kernel/effect.js';

type Result = IteratorResult<unknown, unknown>;
type Method = (this: object, value?: unknown) => Result;

interface GeneratorMethods {
  next: Method;
  throw: Method;
  return: Method;
}

const GeneratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf((function* () {})()),
) as GeneratorMethods;

/** Found there by the walk over tasks, which may come from another copy of the library or from another process. */
const DELEGATES = Symbol.for('treadle.delegates');

/** Frames of a stack for each `yield*` in it: the wrapper's three, and the two that are there without. */
const FRAMES = 5;
const WITHOUT_WATCH = 2;

class Watch {
  delegates = new WeakMap<object, object>();
  private readonly own: GeneratorMethods;
  private readonly wrapped: GeneratorMethods;
  /** The generators being resumed through the wrappers, the innermost last. */
  private readonly running: object[] = [];
  /** The last result that one of them has given, and its value: effects share one result object. */
  private lastResult: Result | undefined;
  private lastValue: unknown;
  private users = 0;
  /** `Error.stackTraceLimit` before the watch, and in it: the wrappers must not push the user's frames out of stacks. */
  private limit: { readonly before: number; readonly raised: number } | undefined;

  constructor() {
    const { next, throw: fail, return: end } = GeneratorPrototype;
    this.own = { next, throw: fail, return: end };
    this.wrapped = { next: this.wrap(next), throw: this.wrap(fail), return: this.wrap(end) };
  }

  get isOn(): boolean {
    return this.users > 0;
  }

  begin(): void {
    if (this.users === 0) this.delegates = new WeakMap(); // what has ended meanwhile has not been seen
    this.resumeWatch();
  }

  /** Goes on with what was known: for a run all of whose steps are watched. */
  resumeWatch(): void {
    if (this.users++ > 0) return;
    for (const [name, method] of Object.entries(this.wrapped)) define(name, method);
    Object.defineProperty(globalThis, DELEGATES, { value: this.delegates, configurable: true });
    const before: unknown = Error.stackTraceLimit;
    if (typeof before !== 'number') return; // the program has taken it away
    const raised = Math.ceil((before * FRAMES) / WITHOUT_WATCH);
    this.limit = { before, raised };
    Error.stackTraceLimit = raised;
  }

  end(): void {
    if (--this.users > 0) return;
    for (const [name, method] of Object.entries(this.own)) define(name, method);
    const { limit } = this;
    this.limit = undefined;
    // The program may have set another one.
    if (limit !== undefined && Error.stackTraceLimit === limit.raised) Error.stackTraceLimit = limit.before;
    Reflect.deleteProperty(globalThis, DELEGATES);
  }

  private wrap(method: Method): Method {
    const resume = (generator: object, value: unknown, count: number): Result =>
      this.resume(method, generator, value, count);
    // A method, for `this` is the generator; with the name and length of the original, for code that looks.
    return Object.defineProperties(
      function (this: object, ...args: [unknown?]): Result {
        return resume(this, args[0], args.length);
      },
      {
        name: { value: method.name, configurable: true },
        length: { value: method.length, configurable: true },
      },
    );
  }

  private resume(method: Method, generator: object, value: unknown, count: number): Result {
    const { running } = this;
    const task = taskInStep();
    const caller = running.at(-1) ?? task?.generatorOf(task.frame);
    running.push(generator);
    this.lastResult = undefined;
    let result: Result;
    try {
      result = count === 0 ? method.call(generator) : method.call(generator, value);
    } catch (error) {
      this.forget(generator, caller);
      throw error;
    } finally {
      running.pop();
    }
    if (result.done === true) {
      this.forget(generator, caller);
      return result;
    }
    // It gave what its delegate has just given it, or else it has none any more.
    if (!this.isLast(result)) this.delegates.delete(generator);
    this.lastResult = result;
    this.lastValue = result.value;
    if (caller !== undefined && caller !== generator && result.value instanceof Effect) {
      this.delegates.set(caller, generator);
    }
    return result;
  }

  private isLast(result: Result): boolean {
    return result === this.lastResult && result.value === this.lastValue;
  }

  /** A generator has ended, so nobody delegates to it any more. */
  private forget(generator: object, caller: object | undefined): void {
    this.delegates.delete(generator);
    if (caller !== undefined && this.delegates.get(caller) === generator) this.delegates.delete(caller);
    this.lastResult = undefined;
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(GeneratorPrototype, name, { value, writable: true, configurable: true });
}

const watch = new Watch();

/**
 * Notes from now on, until it is disposed of, which coroutine has delegated to which by native `yield*`, so that
 * `inspectTasks` shows their frames without a look into the heap. Each resumption through `yield*` costs some ten
 * times as much meanwhile. May be called several times; the last one disposed of ends it.
 *
 * @example
 *     using _ = watchDelegation();
 *     await run(main);
 */
export function watchDelegation(): Disposable {
  watch.begin();
  let isOn = true;
  return {
    [Symbol.dispose]() {
      if (isOn) watch.end();
      isOn = false;
    },
  };
}

/** @internal Watches during `work` alone: for a stepper, whose run goes on only while it works. What it saw it still knows. */
export function watchDelegationDuring<T>(work: () => T): T {
  watch.resumeWatch();
  try {
    return work();
  } finally {
    watch.end();
  }
}

/** Whether somebody watches. */
export function isWatchingDelegation(): boolean {
  return watch.isOn;
}

/** Those that a coroutine has delegated to, one to the next: the last is the one that is suspended in an effect. */
export function delegatesOf(coroutine: Coroutine<unknown>): Coroutine<unknown>[] {
  const chain: object[] = [];
  let delegate = watch.delegates.get(coroutine);
  while (delegate !== undefined && !chain.includes(delegate)) {
    chain.push(delegate);
    delegate = watch.delegates.get(delegate);
  }
  return chain as Coroutine<unknown>[];
}

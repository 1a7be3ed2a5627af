/**
 * Context variables: values that belong to a task and what it spawns, without being passed by hand (the id of a
 * request, the language of a user).
 *
 * Values lie in tables that never change. A task that is spawned gets a pointer to the table of its spawner, which
 * costs nothing; whoever sets a variable makes a table of its own first:
 *
 *     parent ──▶ { user: 'ann' } ◀── child               spawned: shared
 *     parent ──▶ { user: 'ann' }     child ──▶ { user: 'bob' }     the child has set it: copy on write
 *
 * A `Context` is a table that one can hold: what runs in it, a function or a task, reads it and sets it. While it
 * runs there, the Context itself is what the task points at; its children get the table of that moment.
 */
import { describe } from '../base/durations.js';
import { NoEventLoopError } from '../base/errors.js';
import { taskInStep } from '../kernel/current.js';
import type { Task, TaskContext } from '../kernel/task.js';

/** A table of values: never changed, so anyone may share it. */
class Values {
  readonly table: ReadonlyMap<ContextVar<unknown>, unknown>;

  constructor(table: ReadonlyMap<ContextVar<unknown>, unknown>) {
    this.table = table;
  }

  get snapshot(): TaskContext {
    return this;
  }
}

const NOTHING: ReadonlyMap<ContextVar<unknown>, unknown> = new Map();
/** What a variable that is not set has in a token. */
const UNSET: unique symbol = Symbol('unset');

/** The Context that a function runs in outside of any task; null while there is none. */
let outside: Context | null = null;

/**
 * The values of context variables at one moment, to be kept, and to run functions and tasks in: what they set
 * stays in it. `copyContext()` makes one. Semantics: Python's `contextvars.Context`.
 */
export class Context {
  private values: Values | null;

  private constructor(values: Values | null) {
    this.values = values;
  }

  /** @internal */
  static of(values: TaskContext | null): Context {
    return new Context(values as Values | null);
  }

  /** @internal What tasks that are spawned in it begin with. */
  get snapshot(): TaskContext | null {
    return this.values;
  }

  /** @internal */
  get table(): ReadonlyMap<ContextVar<unknown>, unknown> {
    return this.values?.table ?? NOTHING;
  }

  /** @internal */
  replace(values: Values | null): void {
    this.values = values;
  }

  /**
   * Calls a plain function in this context: it reads its values, and what it sets stays in it. Works outside of
   * tasks too. Not a checkpoint; for a coroutine use `tg.createTask(operation, { context })`.
   *
   * @throws what the function throws.
   * @example
   *     const context = copyContext();
   *     context.run(() => user.set('guest'));
   */
  run<R>(fn: () => R): R {
    const task = taskInStep();
    const before = task === null ? outside : task.context;
    enter(task, this);
    try {
      return fn();
    } finally {
      enter(task, before);
    }
  }

  /** The value of a variable in this context; undefined when it is not set here. */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this.table.get(variable) as T | undefined;
  }
}

function enter(task: Task | null, context: TaskContext | null): void {
  if (task === null) outside = context as Context | null;
  else task.context = context;
}

function tableOf(context: TaskContext | null): ReadonlyMap<ContextVar<unknown>, unknown> {
  return context === null ? NOTHING : (context as Context | Values).table;
}

/** What is set for the caller. */
function currentTable(): ReadonlyMap<ContextVar<unknown>, unknown> {
  const task = taskInStep();
  return tableOf(task === null ? outside : task.context);
}

/** Who owns the values that the caller sees: a Context that it runs in, or its task. */
function currentHome(what: string): Context | Task {
  const task = taskInStep();
  const context = task === null ? outside : task.context;
  if (context instanceof Context) return context;
  if (task !== null) return task;
  throw new NoEventLoopError(
    `${what} works only inside a running task, or inside a function given to context.run(): elsewhere there is no context to change`,
  );
}

function put(home: Context | Task, variable: ContextVar<unknown>, value: unknown): void {
  const table = new Map(home instanceof Context ? home.table : tableOf(home.context));
  if (value === UNSET) table.delete(variable);
  else table.set(variable, value);
  const values = new Values(table);
  if (home instanceof Context) home.replace(values);
  else home.context = values;
}

/** What `set` gives: for putting back what was there before. */
export interface ContextVarToken<T> {
  readonly variable: ContextVar<T>;
}

class Token<T> implements ContextVarToken<T> {
  readonly variable: ContextVar<T>;
  readonly home: object;
  /** UNSET if there was none. */
  readonly before: unknown;
  isUsed = false;

  constructor(variable: ContextVar<T>, home: object, before: unknown) {
    this.variable = variable;
    this.home = home;
    this.before = before;
  }
}

/**
 * A variable whose value belongs to the task that sets it, and to what that task spawns afterwards.
 *
 * @param name What error messages call it.
 * @param options.defaultValue What `get` gives where it is not set.
 * @example
 *     const requestId = new ContextVar<string>('requestId');
 *     function* handle(request: Request): Coroutine<void> {
 *       requestId.set(request.id);
 *       yield* taskGroup(function* (tg) { tg.startSoon(audit); });   // audit: requestId.get()
 *     }
 * Semantics: Python's `contextvars.ContextVar`.
 */
export class ContextVar<T> {
  readonly name: string;
  private readonly defaultValue: T | typeof UNSET;

  constructor(name: string, options?: { defaultValue?: T }) {
    if (typeof name !== 'string') {
      throw new TypeError(`new ContextVar(name) takes a string, not ${describe(name)}`);
    }
    this.name = name;
    this.defaultValue =
      options !== undefined && 'defaultValue' in options ? (options.defaultValue as T) : UNSET;
  }

  /**
   * The value: what was set in this task or, before it was spawned, in the one that spawned it; else `fallback`,
   * else the default.
   *
   * @throws NoEventLoopError if it has neither a default nor a fallback, outside of any task.
   * @throws Error if it is not set and has neither a default nor a fallback.
   */
  get(): T;
  get<D>(fallback: D): T | D;
  get(...fallback: unknown[]): unknown {
    const value = this.lookUp();
    if (value !== UNSET) return value;
    if (fallback.length > 0) return fallback[0];
    if (this.defaultValue !== UNSET) return this.defaultValue;
    const remedy = 'set it first, give it a defaultValue, or use get(fallback)';
    if (taskInStep() === null && outside === null) {
      throw new NoEventLoopError(
        `the context variable ${this.name} has no value outside of tasks; read it in a task, or use get(fallback)`,
      );
    }
    throw new Error(`the context variable ${this.name} is not set here, and has no default: ${remedy}`);
  }

  /**
   * Sets the value for this task, and for what it spawns from now on: not for tasks that are there already.
   *
   * @returns a token for `reset`.
   * @throws NoEventLoopError outside of tasks and of `context.run()`.
   */
  set(value: T): ContextVarToken<T> {
    const home = currentHome(`${this.name}.set()`);
    const token = new Token<T>(this, home, this.lookUp());
    put(home, this as ContextVar<unknown>, value);
    return token;
  }

  /**
   * Puts back what was there before the `set` that gave the token.
   *
   * @throws TypeError if it is no token, or one of another variable.
   * @throws Error if the token was used before, or comes from another task or context.
   */
  reset(token: ContextVarToken<T>): void {
    if (!(token instanceof Token)) {
      throw new TypeError(`${this.name}.reset(token) takes what set() gave, not ${describe(token)}`);
    }
    if (token.variable !== this) {
      throw new TypeError(
        `${this.name}.reset() was given a token of another variable: ${token.variable.name}`,
      );
    }
    if (token.isUsed) throw new Error(`a token of ${this.name} was used before: it resets once`);
    const home = currentHome(`${this.name}.reset()`);
    if (token.home !== home) {
      throw new Error(
        `a token of ${this.name} was made in another task or context: reset it where set() was called`,
      );
    }
    token.isUsed = true;
    put(home, this as ContextVar<unknown>, token.before);
  }

  private lookUp(): unknown {
    const table = currentTable();
    const key = this as ContextVar<unknown>;
    return table.has(key) ? table.get(key) : UNSET;
  }
}

/**
 * A `Context` with the values that the caller sees now; later changes on either side do not reach the other.
 * Outside of tasks it is empty. Not a checkpoint.
 *
 * @example
 *     tg.createTask(report(), { context: copyContext() });
 * Semantics: Python's `contextvars.copy_context`.
 */
export function copyContext(): Context {
  const task = taskInStep();
  const context = task === null ? outside : task.context;
  return Context.of(context === null ? null : context.snapshot);
}

/**
 * A task group: an effect whose body may spawn child tasks, and which completes only when the body and all the
 * children have ended (rule G1).
 *
 * The group is itself the cancel scope of body and children, the frame in which its body runs, and what its task
 * waits for while children are left: one object for all of it.
 *
 *     task ── frame ─▶ group { iterator: the body, below: who yielded taskGroup }
 *              body returns or throws ─▶ pending children?  yes: the task is parked on the group
 *                                                           no:  close
 *              last child ends        ─▶ close
 *
 *     close: the group's scope is left, the frame popped, and the task goes to the end of the ready queue with
 *     the value, the errors, or a cancellation from further out.
 *
 * `pending` counts the tasks that keep the group open: its children, and those that are being started.
 */
import { Cancelled } from '../base/cancelled.js';
import { describe } from '../base/durations.js';
import { ClosedResourceError, withoutStack } from '../base/errors.js';
import { ExceptionGroup } from '../base/exception-group.js';
import { checkOptions } from '../base/options.js';
import { printable, taskTitle } from '../base/printable.js';
import { labelOf } from '../kernel/call.js';
import { CancelScope, checkBody } from '../kernel/cancel-scope.js';
import { because, byWhom, taskInStep } from '../kernel/current.js';
import type { Coroutine, Effect, Operation } from '../kernel/effect.js';
import { effectKind, makeEffect } from '../kernel/kind.js';
import { adopt, adoptResult, type Body, ENDED, isGeneratorFunction } from '../kernel/operation.js';
import { CAUGHT } from '../kernel/scope.js';
import { sortOut } from '../kernel/sort-out.js';
import { CUT_SHORT, DONE, LEFT, RUNS } from '../kernel/stages.js';
import { areThereContexts, type Engine, type Label, Task, type TaskContext } from '../kernel/task.js';
import { CANCELLED, FAILED } from '../kernel/task-state.js';
import { startEffect, type TaskStatus } from './start.js';
import { TaskHandle } from './task-handle.js';

export interface TaskGroupOptions {
  /** What error messages and task dumps call the group. */
  name?: string;
  /** A group that failed with exactly one error throws that error; the group is then its `group` property. */
  collapse?: boolean;
}

interface Options extends TaskGroupOptions {
  ifCancelled?: unknown;
}

/**
 * A `Context`, as far as the group knows it: see `interop/context.ts`. Only what a `Context` has in the declarations
 * that are shipped, so without its `snapshot`, which is internal.
 */
export interface SpawnContext {
  run<R>(fn: () => R): R;
  get(variable: never): unknown;
}

type GroupBody = (this: void, tg: TaskGroup) => Operation<unknown>;

export class TaskGroup extends CancelScope {
  /** @internal TaskOwner */
  readonly loop: Engine;
  private readonly options: Options | undefined;
  private pending = 0;
  private body: number = RUNS;
  /** What the body has returned. */
  private value: unknown = undefined;
  /** In the order in which they arose; null while there are none. */
  private errors: unknown[] | null = null;
  /** The Cancelled of a scope further out, if the body or a child ended with one. */
  private outer: Cancelled | null = null;

  private constructor(task: Task, loop: Engine, options: Options | undefined) {
    super();
    this.loop = loop;
    this.iterator = task.generatorOf(task.frame); // until the body has given its own
    this.below = task.frame;
    this.options = options;
  }

  /** @internal Opens a group in a task and enters its body. */
  static enter(task: Task, loop: Engine, body: GroupBody, options: Options | undefined): boolean {
    const group = new TaskGroup(task, loop, options);
    group.attach(task);
    task.frame = group;
    let operation: unknown;
    try {
      operation = body(group);
    } catch (error) {
      return group.threw(task, loop, error); // a body that is a plain function may have spawned before it threw
    }
    try {
      group.iterator = adoptResult(operation, body, "a task group's body");
    } catch (mistake) {
      if (group.pending > 0) return group.threw(task, loop, mistake);
      group.leave(task);
      throw mistake;
    }
    return true;
  }

  /** @internal TaskOwner */
  get hostTask(): Task {
    return this.host as Task; // a group is entered when it is made
  }

  /** The group's scope: cancels body and children together; its deadline and shield may be set. */
  get cancelScope(): CancelScope {
    return this;
  }

  /**
   * Spawns a task that runs `fn(...args)`. It takes its first step in its turn, never inline (rule L1).
   *
   * @throws ClosedResourceError if the group has ended.
   * @throws TypeError if `fn` is no function or gives no operation (an async function, say).
   * @example
   *     tg.startSoon(fetchUser, 7);
   * Semantics: AnyIO's `TaskGroup.start_soon`.
   */
  startSoon<A extends unknown[], T>(fn: Body<A, T>, ...args: A): TaskHandle<T> {
    this.checkOpen();
    checkBody(fn, 'startSoon(fn, ...args)');
    if (!isGeneratorFunction(fn)) return this.spawnResult(fn, args);
    const task = TaskHandle.make<T>(this.loop, ENDED, fn, null, contextOf(this.hostTask));
    task.toCall(args);
    return this.launch(task);
  }

  /**
   * Spawns a task that runs an operation, mostly a coroutine: `tg.createTask(fetchUser(7))`.
   *
   * @param options.name What error messages and task dumps call the task.
   * @param options.context The context that it runs in (see `copyContext`); default: a copy of the spawner's.
   * @throws ClosedResourceError if the group has ended.
   * @throws TypeError if it is no operation, or a coroutine object that Treadle was given before.
   * Semantics: AnyIO's `TaskGroup.create_task`.
   */
  createTask<T>(operation: Operation<T>, options?: { name?: string; context?: SpawnContext }): TaskHandle<T> {
    this.checkOpen();
    if (options !== undefined) checkOptions(options, 'createTask(operation, options)');
    const context = options?.context === undefined ? contextOf(this.hostTask) : checkContext(options.context);
    const iterator = adopt(operation, 'createTask()'); // last: a coroutine that was refused may be given again
    const task = this.spawn<T>(iterator, options?.name ?? labelOf(operation), context);
    if (iterator !== operation) task.more().operation = operation; // what the handle shows as its coroutine
    return task;
  }

  /**
   * Spawns a task and waits until it says that it is ready, by `taskStatus.started(value)`; gives that value. The
   * last parameter of `fn` is the `taskStatus`. Until then the child belongs to the caller, afterwards to the
   * group (rule G5).
   *
   * A checkpoint. If the caller is cancelled while it waits, the child is cancelled too and waited for.
   *
   * @throws what the child throws before it has called `started`, as it is.
   * @throws Error if the child returns without having called `started`.
   * @throws ClosedResourceError if the group has ended.
   * @throws Cancelled if the caller is cancelled.
   * @example
   *     const port = yield* tg.start(serve);   // function* serve(status: TaskStatus<number>) { … }
   * Semantics: Trio's `Nursery.start`.
   */
  start<A extends unknown[], V, T>(
    fn: (this: void, ...args: [...A, TaskStatus<V>]) => Operation<T>,
    ...args: A
  ): Effect<V> {
    checkBody(fn, 'start(fn, ...args)');
    return startEffect<V>(this, fn as Body<unknown[], unknown>, args, undefined, false);
  }

  /** Like `start`, but gives the handle of the task; the value given to `started` is its `startValue`. */
  startTask<A extends unknown[], V, T>(
    fn: (this: void, ...args: [...A, TaskStatus<V>]) => Operation<T>,
    args: A,
    options?: { name?: string },
  ): Effect<TaskHandle<T, V>> {
    checkBody(fn, 'startTask(fn, args)');
    if (!Array.isArray(args)) {
      throw new TypeError('startTask(fn, args) takes the arguments of fn as an array; for none pass []');
    }
    checkOptions(options, 'startTask(fn, args, options)');
    return startEffect<TaskHandle<T, V>>(this, fn as Body<unknown[], unknown>, args, options?.name, true);
  }

  /** Cancels body and children. The first call counts. Not a checkpoint. */
  override cancel(reason?: unknown): void {
    if (this.own !== null) return;
    this.cancelBecause(
      Cancelled.create(`${this.title} was cancelled${byWhom()}${because(reason)}`, reason, this),
    );
  }

  /** @internal "task group "jobs"" */
  get title(): string {
    const name = this.options?.name;
    return name === undefined
      ? `a task group of task ${printable(this.hostTask.name)}`
      : `task group "${printable(name)}"`;
  }

  /** @internal */
  checkOpen(): void {
    if (this.phase === LEFT) throw this.closedError();
  }

  private closedError(): ClosedResourceError {
    return new ClosedResourceError(
      `${this.title} has ended: tasks can be spawned only until its last child has ended`,
    );
  }

  /** @internal One more task keeps the group open. */
  hold(): void {
    this.pending++;
  }

  /** @internal A task that kept the group open has gone. */
  release(): void {
    this.pending--;
    if (this.pending === 0 && this.body !== RUNS) this.close();
  }

  /** @internal An error of the body or of a task: it is kept, and the rest of the group cancelled (rule G2). */
  addError(error: unknown, task: Task): void {
    if (this.errors === null) this.errors = [error];
    else this.errors.push(error);
    if (this.own !== null) return;
    const message = `${taskTitle(task)} of the same group failed${because(error)}`;
    this.cancelBecause(Cancelled.create(message, error, this, { cause: error }));
  }

  /** @internal TaskOwner */
  taskEnded(task: Task): void {
    if (task.state === FAILED) this.addError(task.value, task);
    else if (task.state === CANCELLED && task.value !== task.own && task.value !== this.own) {
      this.outer = task.value as Cancelled;
    }
    this.release();
  }

  /** @internal Frame: the body has returned. */
  override returned(task: Task, _loop?: Engine, value?: unknown): boolean {
    this.value = value;
    return this.bodyDone(task, DONE);
  }

  /** @internal Frame: the body has thrown. */
  override threw(task: Task, _loop: Engine, error: unknown): boolean {
    const sorted = sortOut(error, this);
    if (sorted instanceof Cancelled) {
      if (sorted === this.own) return this.bodyDone(task, CUT_SHORT);
      this.outer = sorted;
    } else this.addError(sorted, task);
    return this.bodyDone(task, DONE);
  }

  /** @internal Wait: the end of a group is no cancellation point; what it waits for is cancelled itself. */
  abort(): boolean {
    return false;
  }

  /** @internal Frame, Wait */
  override describe(): string {
    const { pending } = this;
    return `the end of ${this.title} (${pending === 1 ? '1 child' : `${pending} children`} left)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `TaskGroup { ${this.title}, children: ${this.pending}, cancelCalled: ${this.cancelCalled} }`;
  }

  /** @internal Wait: the tasks that keep the group open. */
  blockers(): readonly Task[] {
    const children: Task[] = [];
    for (let node = this.first; node !== null; node = node.next) {
      if (node instanceof Task) children.push(node);
    }
    return children;
  }

  /** Spawns a task that runs what a function gives that is no function*: it is called here and now. */
  private spawnResult<A extends unknown[], T>(fn: Body<A, T>, args: A): TaskHandle<T> {
    return this.spawn<T>(adoptResult(fn(...args), fn, 'startSoon()'), fn, contextOf(this.hostTask));
  }

  private spawn<T>(iterator: Coroutine<unknown>, label: Label, context: TaskContext | null): TaskHandle<T> {
    return this.launch(TaskHandle.make<T>(this.loop, iterator, label, null, context));
  }

  private launch<T>(task: TaskHandle<T>): TaskHandle<T> {
    this.pending++;
    task.launch(this, this.loop);
    return task;
  }

  private bodyDone(task: Task, how: number): false {
    this.body = how;
    if (this.pending === 0) this.close();
    else task.park(this);
    return false;
  }

  private close(): void {
    const { hostTask: task, errors } = this;
    const isCutShort = this.body === CUT_SHORT;
    const left = isCutShort ? this.leaveWith(this.own) : (this.outer ?? CAUGHT);
    this.leave(task);
    // Always through the ready queue: the end of a group switches tasks (rule G3).
    if (errors !== null) task.wakeThrowing(this.failure(errors));
    else if (left !== CAUGHT) task.wakeThrowing(task.scope.effective ?? left);
    else task.wake(isCutShort ? this.options?.ifCancelled : this.value);
    this.value = undefined; // an old group must not keep its children alive through what its body has returned
  }

  private leave(task: Task): void {
    this.pop(task);
    this.iterator = ENDED; // an old child must not keep, through its group, what the body and the group's host hold
    this.below = null;
  }

  private failure(errors: unknown[]): unknown {
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
    const group = withoutStack(() => new ExceptionGroup(errors, `${count} in ${this.title}`).markSorted());
    const lone = errors[0];
    if (this.options?.collapse !== true || errors.length > 1) return group;
    if (
      typeof lone === 'object' &&
      lone !== null &&
      Object.isExtensible(lone) &&
      !Object.hasOwn(lone, 'group')
    ) {
      Object.defineProperty(lone, 'group', {
        value: group,
        enumerable: false,
        configurable: true,
        writable: true,
      });
    }
    return lone;
  }
}

/** The context a new task sees: that of the task that spawns it or, from outside of any, that of the group's. */
function contextOf(host: Task): TaskContext | null {
  if (areThereContexts === false) return null;
  const { context } = taskInStep() ?? host;
  return context === null ? null : context.snapshot;
}

function checkContext(context: SpawnContext): TaskContext {
  if (typeof context === 'object' && context !== null && 'snapshot' in context) return context as TaskContext;
  throw new TypeError(`the option context is a Context, as copyContext() gives, not ${describe(context)}`);
}

const TASK_GROUP = effectKind<GroupBody, Options | undefined>({
  name: 'taskGroup',
  perform: (task, loop, effect) => TaskGroup.enter(task, loop, effect.a, effect.b),
  describe: (effect) => `taskGroup${effect.b?.name === undefined ? '' : ` "${effect.b.name}"`}`,
});

/**
 * Runs `body` with a group in which it may spawn tasks, and gives what the body returns once the body and all
 * tasks have ended. If one of them throws, the others are cancelled, and when all have ended one
 * `ExceptionGroup` with every error is thrown, in the order in which they arose, a single one too.
 *
 * Entering is no checkpoint. The end always switches tasks, but delivers no cancellation: a body that has
 * returned keeps its value.
 *
 * @param options.collapse Throw a single error as itself; the group is then its non-enumerable `group`.
 * @param options.ifCancelled What the effect gives when the group's own `cancel()` cut the body short.
 * @throws ExceptionGroup if the body or a task failed.
 * @throws Cancelled if a scope further out was cancelled and the body or a task ended because of it.
 * @example
 *     const users = yield* taskGroup(function* (tg) {
 *       return ids.map((id) => tg.startSoon(fetchUser, id));
 *     });
 *     for (const user of users) console.log(user.returnValue);
 * Semantics: AnyIO's `create_task_group`, Trio's `open_nursery`.
 */
export function taskGroup<R>(
  body: (this: void, tg: TaskGroup) => Operation<R>,
  options?: TaskGroupOptions,
): Effect<R>;
export function taskGroup<R, const F>(
  body: (this: void, tg: TaskGroup) => Operation<R>,
  options: TaskGroupOptions & { ifCancelled: F },
): Effect<R | F>;
export function taskGroup(body: GroupBody, options?: Options): Effect<unknown> {
  checkBody(body, 'taskGroup(body)');
  checkOptions(options, 'taskGroup(body, options)');
  return makeEffect<unknown, GroupBody, Options | undefined>(TASK_GROUP, body, options);
}

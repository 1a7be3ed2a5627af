/**
 * A task: a coroutine being driven by the loop, with its own stack of frames.
 *
 * The task's own coroutine is `iterator`; what it has called is a linked list of frames, each with the generator that
 * runs in it, the top one first:
 *
 *     task.frame ────▶ frame { iterator: generator that runs, below ─▶ frame { iterator: its caller, below: null } }
 *     task.iterator ─▶ the task's own coroutine, which waits for the last of them; with no frame it runs itself
 *
 * A task is a node of the cancel tree (it can be cancelled as a unit), a list node among its siblings and, through
 * its subclass, the handle that users hold: one object for all of it, because spawning is to cost no more than an
 * async call. Every field is initialised here, in one order, so that all tasks have one shape.
 *
 * The resume slot: `state` (see `task-state.ts`) and `value` say how the task is to be resumed. They are written
 * together, by whoever wakes it, and waking ends the wait in the same step. That is why an operation either completes
 * or is cancelled and never both (rule C3): a task that has been woken has no wait left that could be aborted.
 */
import { Cancelled } from '../base/cancelled.js';
import type { Coroutine } from './effect.js';
import type { Instruments, TaskInfo } from './instrument.js';
import { ENDED, failing } from './operation.js';
import type { ReadyQueue } from './ready-queue.js';
import { CAUGHT, Scope } from './scope.js';
import { sortOut } from './sort-out.js';
import {
  AT_CHECKPOINT,
  CANCELLED,
  FAILED,
  FINISHED,
  PARKED,
  READY,
  THROWING,
  TO_CALL,
  TO_CALL_WITH,
} from './task-state.js';
import type { TimerQueue } from './timer-queue.js';
import { leaveTrail } from './trail.js';

const NOTHING: readonly unknown[] = [];

/** The loop, as its tasks and their effects see it. */
export interface Engine {
  readonly instruments: Instruments | null;
  readonly ready: ReadyQueue<Task>;
  readonly timers: TimerQueue;
  readonly name: string;
  /** The task in step; null between steps. */
  readonly task: Task | null;
  /** The main task of the run. */
  readonly main: Task | null;
  /** Tasks made so far: the last id given. */
  taskCount: number;
  /** Open waits that something outside of the loop will end. A virtual clock does not jump while there are any. */
  foreign: number;
  /** What else may wake a task at any time: portals, abort signals, tasks that sleep for ever (rule L5). */
  wakers: number;
  /** Those of the wakers that are to keep the host's process alive. */
  keepAlive: number;
  /** Set when nothing could wake a task any more: the run fails with it. */
  hopeless: Error | null;
  /** How hard the hopeless tasks have been asked to end: see `deadlock.ts`. */
  hopelessness: number;
  /** Called, once each, when next no task is ready and before the loop rests; may make tasks ready. */
  readonly atRest: (() => void)[];
  /** Captures the host's context for a new task; null: all tasks run in that of the caller of `run`. */
  readonly captureContext: (() => HostContext) | null;
  /** Milliseconds on the backend's clock. */
  now(): number;
  /** Puts a task whose resume slot is filled at the end of the ready queue, and sees to it that a turn comes. */
  enqueue(task: Task): void;
  /** What the loop is to wait for has changed, perhaps outside of any turn: a deadline, or who may wake it. */
  reconsider(): void;
}

/**
 * A generator that runs above another one in a task, and what goes on when it ends. A frame is pushed when a coroutine
 * is entered by `call`, by a cancel scope or by a task group, and popped when that coroutine returns or throws.
 */
export interface Frame {
  /** The generator that runs in it. */
  readonly iterator: Coroutine<unknown>;
  /** The frame that waits for this one; null if that is the task's own coroutine. */
  readonly below: Frame | null;
  /**
   * Its generator has returned `value`. True: the frame is popped, and what waits for it goes on with that very
   * value. False: the task is parked, or in the ready queue.
   */
  returned(task: Task, loop: Engine, value: unknown): boolean;
  /**
   * Its generator has thrown. True: the frame is popped and the task goes on at once, as `task.state`
   * (RUNNING or THROWING) and `task.value` say. False: the task is parked, or in the ready queue.
   */
  threw(task: Task, loop: Engine, error: unknown): boolean;
  /** For debuggers: what was entered. */
  describe(): string;
}

/** What a parked task waits for. */
export interface Wait {
  /**
   * The wait is to be given up because of a cancellation. True: it has been, nothing will wake the task any
   * more, and the caller throws the Cancelled into it. False: it cannot be; the task stays parked.
   */
  abort(task: Task, cancelled: Cancelled): boolean;
  /** What is waited for, in words. */
  describe(task: Task): string;
  /** The tasks that could end the wait: who holds the lock, whose end is awaited. Absent: nobody in particular. */
  blockers?(task: Task): readonly Task[];
}

/** Who is told that a task has ended: its group, or its run. The kernel knows no groups. */
export interface TaskOwner {
  readonly loop: Engine;
  /** The task whose group it is; null for a run. */
  readonly hostTask: Task | null;
  taskEnded(task: Task): void;
}

/** One who is told, once, when a task ends. */
export interface Watcher {
  watchedEnded(task: Task): void;
}

/** The wait of a task for the end of another one, which the waiting task watches. */
export interface EndWait extends Wait {
  watchedEnded(waiter: Task, task: Task): void;
}

/** Several watchers of one task, in order of coming. Most tasks have one or none, and no list is made of it. */
class Watchers implements Watcher {
  readonly all: Set<Watcher>;

  constructor(one: Watcher, other: Watcher) {
    this.all = new Set([one, other]);
  }

  watchedEnded(task: Task): void {
    for (const watcher of this.all) watcher.watchedEnded(task);
  }
}

/** What few tasks have: they share a field, for every field makes every task larger. */
export class TaskExtra {
  /** Who is told that it has ended, if that is not the node above it. */
  owner: TaskOwner | null = null;
  /** Made when this very task was cancelled: see `scope.ts`. */
  own: Cancelled | null = null;
  /** The values of context variables, shared with the task that spawned it until one of them sets one. */
  context: TaskContext | null = null;
  /** Where the task was spawned, as the host sees it. */
  hostContext: HostContext | null = null;
  startValue: unknown = undefined;
  isStarted = false;
  /** What the handle shows as its coroutine, once somebody has asked for it or if it is none. */
  operation: unknown = undefined;
}

/** The values of context variables, as far as the kernel hands them on: see `interop/context.ts`. */
export interface TaskContext {
  /** What a task that is spawned from here begins with. Nobody changes it any more. */
  readonly snapshot: TaskContext | null;
}

/** Some task has a context. As long as none has, and most programs have none, `spawn` need not ask whose it inherits. */
export let areThereContexts = false;

/** A context of the host (AsyncLocalStorage) in which a task takes its steps. Node's AsyncResource is one. */
export interface HostContext {
  runInAsyncScope<A>(step: (this: Engine, arg: A) => void, engine: Engine, arg: A): void;
}

/** Where a name comes from: the name itself, or the generator function. */
export type Label = string | { readonly name: string } | null;

export abstract class Task extends Scope implements TaskInfo {
  readonly id: number;
  /** @internal */
  readonly label: Label;
  /** @internal The generator that the task was spawned with. */
  iterator: Coroutine<unknown>;
  /** @internal The top frame; null: `iterator` runs, and the task ends with it. */
  frame: Frame | null = null;
  /** @internal The innermost scope that the task is in; the task itself when it is in none. */
  scope: Scope;
  /** @internal */
  state = READY;
  /** @internal See `state`. */
  value: unknown = undefined;
  /** @internal While PARKED what it waits for, while in the ready queue the task behind it: it is never both. */
  link: Wait | Task | null = null;
  /** @internal */
  watchers: Watcher | null = null;
  /** @internal */
  extra: TaskExtra | null = null;

  /** @internal */
  constructor(
    loop: Engine,
    iterator: Coroutine<unknown>,
    label: Label,
    owner: TaskOwner | null,
    context: TaskContext | null,
  ) {
    super();
    this.id = ++loop.taskCount;
    this.label = label;
    this.iterator = iterator;
    this.scope = this;
    if (owner !== null || context !== null || loop.captureContext !== null) this.equip(loop, owner, context);
  }

  /** What few tasks begin with. */
  private equip(loop: Engine, owner: TaskOwner | null, context: TaskContext | null): void {
    const extra = this.more();
    extra.owner = owner;
    if (context !== null) this.context = context;
    if (loop.captureContext !== null) extra.hostContext = loop.captureContext();
  }

  /** @internal A task of a group hangs right below it, so the group need not be named twice. */
  get owner(): TaskOwner {
    const { extra } = this;
    return extra !== null && extra.owner !== null ? extra.owner : (this.parent as unknown as TaskOwner);
  }

  /** @internal Null: the node above it. */
  set owner(owner: TaskOwner | null) {
    this.more().owner = owner;
  }

  /** @internal */
  get loop(): Engine {
    return this.owner.loop;
  }

  /** @internal The generator that runs in a frame of the task, or below all of them. */
  generatorOf(frame: Frame | null): Coroutine<unknown> {
    return frame === null ? this.iterator : frame.iterator;
  }

  /** @internal What will wake the task; null unless it is parked. */
  get waiting(): Wait | null {
    return this.state === PARKED ? (this.link as Wait) : null;
  }

  /** @internal */
  get own(): Cancelled | null {
    return this.extra === null ? null : this.extra.own;
  }

  set own(own: Cancelled | null) {
    this.more().own = own;
  }

  /** @internal Only scopes have shields. */
  get shielded(): boolean {
    return false;
  }

  /** @internal */
  unshield(): void {}

  /** @internal */
  get context(): TaskContext | null {
    return this.extra === null ? null : this.extra.context;
  }

  set context(context: TaskContext | null) {
    areThereContexts = true;
    this.more().context = context;
  }

  /** @internal */
  more(): TaskExtra {
    if (this.extra === null) this.extra = new TaskExtra();
    return this.extra;
  }

  get name(): string {
    const label = this.label;
    const name = typeof label === 'string' ? label : label?.name;
    return name === undefined || name === '' ? `task-${this.id}` : name;
  }

  get parentId(): number | undefined {
    return this.owner.hostTask?.id;
  }

  /** @internal */
  get host(): Task {
    return this;
  }

  /** @internal */
  get hasEnded(): boolean {
    return this.state >= FINISHED;
  }

  /** @internal Puts the new task under its scope and into the ready queue. It takes its first step in its turn (rule L1). */
  launch(parent: Scope | null, loop: Engine): void {
    if (parent !== null) this.linkTo(parent);
    if (loop.instruments !== null) loop.instruments.spawn(this);
    loop.enqueue(this);
  }

  /** @internal To be launched: its first step is to call the generator function that is its label. */
  toCall(args: readonly unknown[]): void {
    const { length } = args;
    // Two fields that are not needed yet, in the place of a list of 64 bytes that would be kept until the first step.
    if (length === 2) this.iterator = args[1] as Coroutine<unknown>;
    else if (length !== 1) {
      this.toCallWith(args);
      return;
    }
    this.state = TO_CALL;
    this.value = args[0];
  }

  private toCallWith(args: readonly unknown[]): void {
    this.state = TO_CALL_WITH;
    this.value = args.length === 0 ? NOTHING : args;
  }

  /** @internal Makes the generator of a task that is TO_CALL. Runs no code but the initialisers of parameters. */
  callNow(): void {
    const { label: fn, value, state, iterator: second } = this;
    this.state = READY;
    this.value = undefined;
    this.iterator = ENDED;
    const body = fn as unknown as (...args: unknown[]) => Coroutine<unknown>;
    // Spreading costs a builtin call; nearly all tasks have few arguments.
    try {
      if (state === TO_CALL) this.iterator = second === ENDED ? body(value) : body(value, second);
      else this.iterator = value === NOTHING ? body() : body(...(value as unknown[]));
    } catch (error) {
      this.iterator = failing(error);
    }
  }

  /** @internal The task has slept long enough. */
  fire(): void {
    this.wake(undefined);
  }

  /** @internal Takes the running task off the loop until `wait` wakes it. */
  park(wait: Wait): void {
    this.state = PARKED;
    this.link = wait;
  }

  /** @internal Wakes the parked (or running) task with the value of its yield. */
  wake(value: unknown): void {
    this.state = READY;
    this.value = value;
    this.loop.enqueue(this);
  }

  /** @internal Wakes the parked (or running) task with an error, thrown at its yield. */
  wakeThrowing(error: unknown): void {
    this.state = THROWING;
    this.value = error;
    this.loop.enqueue(this);
  }

  /** @internal Adds one who is told, once, when the task ends. */
  addWatcher(watcher: Watcher): void {
    const { watchers } = this;
    if (watchers === null) this.watchers = watcher;
    else if (watchers instanceof Watchers) watchers.all.add(watcher);
    else this.watchers = new Watchers(watchers, watcher);
  }

  /** @internal */
  removeWatcher(watcher: Watcher): void {
    if (this.watchers === watcher) this.watchers = null;
    else if (this.watchers instanceof Watchers) this.watchers.all.delete(watcher);
  }

  /** @internal Watcher: the task waits for the end of another one. */
  watchedEnded(task: Task): void {
    (this.link as EndWait).watchedEnded(this, task);
  }

  /** @internal The task is in the ready queue with a value: it is to get this error instead. */
  replaceWithError(error: unknown): void {
    this.state = THROWING;
    this.value = error;
  }

  /** @internal
   * A cancellation reaches the task where it stands. If it waits, the wait is given up; if it is on its way
   * through a checkpoint, that checkpoint throws; otherwise it has a value coming, or is running, and the next
   * checkpoint throws.
   */
  deliver(cancelled: Cancelled): void {
    if (this.loop.instruments !== null) this.loop.instruments.cancel(this);
    if (this.state === PARKED) {
      if ((this.link as Wait).abort(this, cancelled)) this.wakeThrowing(cancelled);
    } else if (this.state === AT_CHECKPOINT) {
      this.state = THROWING;
      this.value = cancelled;
    }
  }

  /** @internal Cancels the task with an error of the caller's making. */
  cancelBecause(cancelled: Cancelled): void {
    this.cancelWith(cancelled);
  }

  /** @internal The task's coroutine has returned. */
  finish(value: unknown): void {
    this.end(FINISHED, value);
  }

  /** @internal The task's coroutine has thrown. */
  fail(thrown: unknown): void {
    const filtered = this.filter(thrown);
    if (filtered === CAUGHT) {
      this.end(CANCELLED, this.own);
      return;
    }
    const error = sortOut(filtered, this.parent);
    if (error instanceof Cancelled) this.end(CANCELLED, error);
    else {
      leaveTrail(error, this);
      this.end(FAILED, error);
    }
  }

  private end(state: number, value: unknown): void {
    this.state = state;
    this.value = value;
    // Handles live long; what the coroutine held need not. (A task that was promoted to the old generation would also
    // keep its young coroutine through collections: with 20,000 tasks that doubled the time the collector took.)
    // What `createTask` was given, whose tasks are not named after a function, stays: the handle shows it.
    if (typeof this.label === 'function') this.iterator = ENDED;
    this.unlink();
    const { owner } = this;
    const { instruments } = owner.loop;
    if (instruments !== null) instruments.exit(this);
    if (this.watchers !== null) {
      this.watchers.watchedEnded(this);
      this.watchers = null;
    }
    owner.taskEnded(this);
  }
}

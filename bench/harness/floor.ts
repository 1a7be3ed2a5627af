/**
 * The floor: a bare generator trampoline that does nothing but switch. No scopes, no cancellation, no error routing, no
 * checks; a task that throws takes the process down. It says what generators and a queue cost on this machine, that is,
 * how much of a figure is structure. It is no model of how to write an engine.
 *
 * A floor that is not the lowest there is would flatter whoever is compared with it, so it is written for speed:
 *
 * - A task has the four fields it cannot do without. With seven, twenty thousand children cost half as much again,
 *   nearly all of it in the collector.
 * - A task that has ended lets go of its body and its owner. Otherwise one dead task that the collector has moved to
 *   the old generation keeps group, parent and all its dead siblings alive until the next full collection, and every
 *   scavenge copies them: twice the time for the same work.
 * - The queue is plain module state, and `pass`, the commonest request, is told by identity.
 */

import { delegation } from './delegation.js';

/** What floor coroutines yield. `start` says whether the same task goes on at once. */
export interface Request {
  start(task: Task): boolean;
}

export type Body = Generator<Request, unknown, unknown>;

/** A request that may be yielded with a star, too: what `yield*` costs by itself, in a program that needs no more of it. */
export interface Delegable extends Request {
  [Symbol.iterator](): Iterator<Request, unknown, unknown>;
}

/** Who is told that a task has ended. */
interface Owner {
  ended(task: Task): void;
}

/** A caller's body, below the one that runs: only `Call` uses it. */
interface Frame {
  readonly body: Body;
  readonly below: Frame | undefined;
}

export class Task {
  /** Undefined when the task has ended. */
  body: Body | undefined;
  /** What the body is resumed with, and in the end what it returned. */
  value: unknown = undefined;
  owner: Owner | undefined;
  below: Frame | undefined = undefined;

  constructor(body: Body, owner: Owner | undefined) {
    this.body = body;
    this.owner = owner;
  }
}

let queue: (Task | undefined)[] = new Array(1024).fill(undefined);
let mask = queue.length - 1;
let head = 0;
let tail = 0;

function push(task: Task): void {
  queue[tail] = task;
  tail = (tail + 1) & mask;
  if (tail === head) grow();
}

function grow(): void {
  const size = queue.length;
  const larger: (Task | undefined)[] = new Array(size * 2).fill(undefined);
  for (let i = 0; i < size; i++) larger[i] = queue[(head + i) & mask];
  queue = larger;
  mask = size * 2 - 1;
  head = 0;
  tail = size;
}

export function spawn(body: Body, owner?: Owner): Task {
  const task = new Task(body, owner);
  push(task);
  return task;
}

export function wake(task: Task, value?: unknown): void {
  task.value = value;
  push(task);
}

/** Drives tasks until none is ready. */
export function drain(): void {
  while (head !== tail) {
    const task = queue[head] as Task;
    queue[head] = undefined;
    head = (head + 1) & mask;
    step(task);
  }
}

/** Drives `body` and everything it spawns; gives what it returned. */
export function run(body: Body): unknown {
  const task = spawn(body);
  drain();
  if (task.body !== undefined) throw new Error('the floor program is stuck');
  return task.value;
}

function step(task: Task): void {
  for (;;) {
    const result = (task.body as Body).next(task.value);
    if (result.done) {
      task.value = result.value;
      const below = task.below;
      if (below === undefined) {
        end(task);
        return;
      }
      task.body = below.body;
      task.below = below.below;
    } else {
      task.value = undefined;
      if (result.value === pass) {
        push(task);
        return;
      }
      if (!result.value.start(task)) return;
    }
  }
}

function end(task: Task): void {
  const { owner } = task;
  task.body = undefined;
  task.owner = undefined;
  if (owner !== undefined) owner.ended(task);
}

/** Goes to the end of the queue. */
export const pass: Delegable = {
  start(task) {
    push(task);
    return false;
  },
  [Symbol.iterator]() {
    return delegation(this);
  },
};

/** Children counted, nothing more. Yielded by the parent: parks it until no child is left. */
export class Group implements Request, Owner {
  private live = 0;
  private parent: Task | undefined = undefined;

  spawn(body: Body): Task {
    this.live++;
    return spawn(body, this);
  }

  start(task: Task): boolean {
    if (this.live === 0) return true;
    this.parent = task;
    return false;
  }

  ended(): void {
    if (--this.live > 0 || this.parent === undefined) return;
    const { parent } = this;
    this.parent = undefined;
    push(parent);
  }
}

/** Parks the task; `wake` is somebody else's business. */
export class Park implements Delegable {
  readonly parked: (task: Task) => void;

  constructor(parked: (task: Task) => void) {
    this.parked = parked;
  }

  start(task: Task): boolean {
    this.parked(task);
    return false;
  }

  [Symbol.iterator](): Iterator<Request, unknown, unknown> {
    return delegation(this);
  }
}

/** Parks the task until a child has ended; its value is the child's. */
export class Join implements Delegable, Owner {
  private readonly child: Task;
  private parent: Task | undefined = undefined;

  constructor(body: Body) {
    this.child = spawn(body, this);
  }

  start(task: Task): boolean {
    if (this.child.body === undefined) {
      task.value = this.child.value;
      return true;
    }
    this.parent = task;
    return false;
  }

  [Symbol.iterator](): Iterator<Request, unknown, unknown> {
    return delegation(this);
  }

  ended(child: Task): void {
    if (this.parent !== undefined) wake(this.parent, child.value);
  }
}

/** A child coroutine on the task's own frame stack. */
export class Call<A> implements Request {
  readonly fn: (argument: A) => Body;
  readonly argument: A;

  constructor(fn: (argument: A) => Body, argument: A) {
    this.fn = fn;
    this.argument = argument;
  }

  start(task: Task): boolean {
    task.below = { body: task.body as Body, below: task.below };
    task.body = this.fn(this.argument);
    return true;
  }
}

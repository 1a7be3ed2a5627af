/**
 * The floor with the shapes that structured concurrency asks for, and nothing in them: a task that is also the handle its
 * spawner keeps, with room for a place in a cancel tree, a name, waiters and a timer; and a group whose body is a
 * coroutine of its own. It keeps a list of siblings, as whoever wants to cancel a group must, and can throw an error into
 * all of them. But it has no scopes, routes no errors, names nobody and checks nothing. `floor.ts` says what switching
 * costs; this says what is left to win for an engine that keeps such objects, where those are what costs: in programs
 * with many tasks at once.
 *
 * Tasks and groups have as many fields as Treadle's, and no more: a spec counts them.
 */

import { delegation } from './delegation.js';

/** What its coroutines yield. `start` says whether the same task goes on at once. */
export interface Request {
  start(task: Task): boolean;
}

export type Body = Generator<Request, unknown, unknown>;

/** Called by itself: generators of different functions have different hidden classes, and each closure is a function. */
const next = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())).next as Body['next'];

const READY = 0;
/** Its value is to be thrown into it. */
const THROWING = 1;

export class Task {
  // The cancel tree.
  parent: Group | null;
  first: Group | null = null;
  next: Task | null = null;
  prev: Task | null = null;
  effective: Error | null = null;
  // What runs in it, and on what.
  body: Body | null = null;
  frame: Group | null = null;
  scope: Task | Group | null = null;
  // How it goes on. Before its first step: the first argument, and in the end what it has returned.
  value: unknown;
  state = READY;
  /** The task behind it in the queue. */
  link: Task | null = null;
  timerIndex = 0;
  // What is known of it.
  readonly id = 0;
  readonly label: (a: never, b: never) => Body;
  watchers: unknown = null;
  /** Before its first step: the second argument. */
  extra: unknown;

  constructor(parent: Group | null, fn: (a: never, b: never) => Body, a: unknown, b: unknown) {
    this.parent = parent;
    this.label = fn;
    this.value = a;
    this.extra = b;
  }
}

/** The ready queue, a ring. A new one for each run, and so young: what is written into an old object must be remembered. */
class Queue {
  last: Task | null = null;
}

let queue = new Queue();

/** A new queue with what is in this one. */
function renewQueue(): void {
  const { last } = queue;
  queue = new Queue();
  queue.last = last;
}

export function push(task: Task): void {
  const { last } = queue;
  if (last === null) task.link = task;
  else {
    task.link = last.link;
    last.link = task;
  }
  queue.last = task;
}

/** Takes out the task that has waited longest. There must be one. */
function shift(): Task {
  const end = queue.last as Task;
  const task = end.link as Task;
  if (task === end) queue.last = null;
  else end.link = task.link;
  task.link = null;
  return task;
}

/** Drives tasks until none is ready. */
export function drain(): void {
  renewQueue();
  while (queue.last !== null) step(shift());
}

/** A task that is in no group. */
export function spawn<A, B>(fn: (a: A, b: B) => Body, a: A, b?: B): Task {
  const task = new Task(null, fn, a, b);
  push(task);
  return task;
}

/** Drives `fn(a, b)` and everything it spawns; gives what it returned. */
export function run<A, B>(fn: (a: A, b: B) => Body, a: A, b?: B): unknown {
  const task = spawn(fn, a, b);
  drain();
  return outcome(task);
}

function outcome(task: Task): unknown {
  if (task.body !== null) throw new Error('the floor program is stuck');
  return task.value;
}

/** Milliseconds that the floor keeps the host waiting, and steps between two looks at the clock: as Treadle does. */
const SLICE = 8;
const BATCH = 64;

/**
 * The same, but the host gets a turn of its own after every slice, as whoever serves sockets must give it one. V8 is one
 * of those who use it: it collects its young generation then, where otherwise it would wait until that is full.
 */
export function runInSlices<A, B>(fn: (a: A, b: B) => Body, a: A, b?: B): Promise<unknown> {
  const task = spawn(fn, a, b);
  return new Promise((resolve, reject) => {
    function turn(): void {
      const began = performance.now();
      renewQueue();
      try {
        while (queue.last !== null && performance.now() - began < SLICE) {
          for (let left = BATCH; left > 0 && queue.last !== null; left--) step(shift());
        }
        if (queue.last === null) resolve(outcome(task));
        else setImmediate(queueMicrotask, turn); // below a microtask: what is thrown there costs half (docs/performance.md)
      } catch (error) {
        reject(error);
      }
    }
    turn();
  });
}

function step(task: Task): void {
  if (task.state === THROWING) {
    unwind(task);
    return;
  }
  if (task.body === null) {
    const fn = task.label as (a: unknown, b: unknown) => Body;
    const b = task.extra;
    task.extra = null;
    task.body = b === undefined ? (fn as (a: unknown) => Body)(task.value) : fn(task.value, b);
    task.value = undefined;
  }
  for (;;) {
    const { frame } = task;
    const body = (frame === null ? task.body : frame.body) as Body;
    const result = next.call(body, task.value);
    if (result.done) {
      if (frame === null) end(task, result.value);
      else frame.bodyEnded(task, result.value);
      return;
    }
    task.value = undefined;
    if (result.value === pass) {
      push(task);
      return;
    }
    if (!result.value.start(task)) return;
  }
}

/** Whoever is cancelled here has suspended, and does not suspend again. */
function unwind(task: Task): void {
  const error = task.value;
  task.value = undefined;
  try {
    (task.body as Body).throw(error);
  } catch (thrown) {
    if (thrown !== error) throw thrown;
    end(task, undefined);
    return;
  }
  throw new Error('the floor program has not unwound');
}

function end(task: Task, value: unknown): void {
  task.value = value;
  task.body = null;
  if (task.parent !== null) task.parent.childEnded(task);
}

/** Goes to the end of the queue. May be yielded with a star, too: see `floor.ts`. */
export const pass: Request & { [Symbol.iterator](): Iterator<Request, unknown, unknown> } = {
  start(task) {
    push(task);
    return false;
  },
  [Symbol.iterator]() {
    return delegation(this);
  },
};

/** Parks the task until its group is cancelled. */
export const park: Request = {
  start: () => false,
};

/** Yielded by its host: runs `fn` in a frame of the host, and gives what it returned when no child is left. */
export class Group implements Request {
  // The cancel tree.
  parent: Task | Group | null = null;
  first: Task | null = null;
  next: Task | null = null;
  prev: Task | null = null;
  effective: Error | null = null;
  own: Error | null = null;
  shielded = false;
  // Its deadline.
  timerIndex = 0;
  dueAt: number | null = null;
  timeout: number | null = null;
  // What runs in it.
  body: Body | null = null;
  below: Group | null = null;
  task: Task | null = null;
  live = 0;
  isOver = false;
  value: unknown = undefined;
  // What it has caught, and whom it tells.
  errors: unknown[] | null = null;
  outer: Error | null = null;
  caught = false;
  rule: unknown = null;
  controller: AbortController | null = null;
  phase = 0;
  options: object | undefined = undefined;
  readonly fn: (group: Group) => Body;

  constructor(fn: (group: Group) => Body) {
    this.fn = fn;
  }

  start(task: Task): boolean {
    this.task = task;
    this.below = task.frame;
    task.frame = this;
    this.body = this.fn(this);
    return true;
  }

  spawn<A, B>(fn: (a: A, b: B) => Body, a: A, b?: B): Task {
    const task = new Task(this, fn, a, b);
    this.live++;
    const { first } = this;
    if (first === null) {
      this.first = task;
      task.prev = task;
    } else {
      const youngest = first.prev as Task;
      youngest.next = task;
      task.prev = youngest;
      first.prev = task;
    }
    push(task);
    return task;
  }

  /** Every child gets the error in its turn. */
  cancel(error: Error): void {
    for (let task = this.first; task !== null; task = task.next) {
      task.state = THROWING;
      task.value = error;
      push(task);
    }
  }

  bodyEnded(task: Task, value: unknown): void {
    this.isOver = true;
    this.value = value;
    if (this.live === 0) this.close(task);
  }

  childEnded(task: Task): void {
    const { prev, next } = task;
    if (this.first === task) this.first = next;
    else (prev as Task).next = next;
    if (next !== null) next.prev = prev;
    else if (this.first !== null) this.first.prev = prev;
    task.next = null;
    task.prev = null;
    this.live--;
    if (this.live === 0 && this.isOver) this.close(this.task as Task);
  }

  private close(task: Task): void {
    task.frame = this.below;
    task.value = this.value;
    this.value = undefined;
    this.body = null;
    this.below = null;
    push(task);
  }
}

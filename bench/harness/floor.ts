/**
 * The floor: a bare generator trampoline that does nothing but switch. No scopes, no cancellation, no error routing, no
 * checks; a task that throws takes the process down. It says what generators and a queue cost on this machine, that is,
 * how much of a figure is structure. It is no model of how to write an engine.
 */

/** What floor coroutines yield. `start` says whether the same task goes on at once. */
export interface Request {
  start(task: Task): boolean;
}

export type Body = Generator<Request, unknown, unknown>;

export class Task {
  body: Body;
  /** What the body is resumed with. */
  value: unknown = undefined;
  done = false;
  readonly group: Group | undefined;
  /** Bodies below the running one: only `Call` uses it. */
  frames: Body[] | undefined = undefined;
  /** The task parked until this one ends, if any: only `Join` uses it. */
  joiner: Task | undefined = undefined;

  constructor(body: Body, group: Group | undefined) {
    this.body = body;
    this.group = group;
  }
}

/** Children counted, nothing more. */
export class Group implements Request {
  live = 0;
  parent: Task | undefined = undefined;

  spawn(body: Body): Task {
    this.live++;
    return spawn(body, this);
  }

  /** Yielded by the parent: parks it until no child is left. */
  start(task: Task): boolean {
    if (this.live === 0) return true;
    this.parent = task;
    return false;
  }
}

class Queue {
  #items: (Task | undefined)[] = new Array(1024);
  #mask = 1023;
  #head = 0;
  #tail = 0;

  push(task: Task): void {
    this.#items[this.#tail] = task;
    this.#tail = (this.#tail + 1) & this.#mask;
    if (this.#tail === this.#head) this.#grow();
  }

  shift(): Task | undefined {
    if (this.#head === this.#tail) return undefined;
    const task = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    return task;
  }

  #grow(): void {
    const size = this.#items.length;
    this.#items = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head), ...new Array(size)];
    this.#head = 0;
    this.#tail = size;
    this.#mask = size * 2 - 1;
  }
}

const ready = new Queue();

export function spawn(body: Body, group?: Group): Task {
  const task = new Task(body, group);
  ready.push(task);
  return task;
}

export function wake(task: Task, value?: unknown): void {
  task.value = value;
  ready.push(task);
}

/** Drives tasks until none is ready. */
export function drain(): void {
  for (let task = ready.shift(); task !== undefined; task = ready.shift()) {
    step(task);
  }
}

/** Drives `body` and everything it spawns; gives what it returned. */
export function run(body: Body): unknown {
  const task = spawn(body);
  drain();
  if (!task.done) throw new Error('the floor program is stuck');
  return task.value;
}

function step(task: Task): void {
  for (;;) {
    const { done, value } = task.body.next(task.value);
    if (done) {
      task.value = value;
      const below = task.frames?.pop();
      if (below === undefined) {
        end(task);
        return;
      }
      task.body = below;
    } else {
      task.value = undefined;
      if (!(value as Request).start(task)) return;
    }
  }
}

function end(task: Task): void {
  task.done = true;
  if (task.joiner !== undefined) wake(task.joiner, task.value);
  const group = task.group;
  if (group !== undefined && --group.live === 0 && group.parent !== undefined) wake(group.parent);
}

/** Goes to the end of the queue. */
export const pass: Request = {
  start(task) {
    ready.push(task);
    return false;
  },
};

/** Parks the task; `wake` is somebody else's business. */
export class Park implements Request {
  readonly parked: (task: Task) => void;

  constructor(parked: (task: Task) => void) {
    this.parked = parked;
  }

  start(task: Task): boolean {
    this.parked(task);
    return false;
  }
}

export class Join implements Request {
  readonly child: Task;

  constructor(child: Task) {
    this.child = child;
  }

  start(task: Task): boolean {
    if (this.child.done) {
      task.value = this.child.value;
      return true;
    }
    this.child.joiner = task;
    return false;
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
    task.frames ??= [];
    task.frames.push(task.body);
    task.body = this.fn(this.argument);
    return true;
  }
}

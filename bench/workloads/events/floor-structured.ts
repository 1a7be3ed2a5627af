import type { Params } from '../../harness/contract.js';
import { delegation } from '../../harness/delegation.js';
import {
  type Body,
  Group,
  pass,
  push,
  type Request,
  run,
  type Task,
} from '../../harness/structured-floor.js';

class Waiter {
  task: Task | null;
  next: Waiter | null = null;

  constructor(task: Task) {
    this.task = task;
  }
}

/** Waits that something outside will end: whoever tells deadlocks must count them. */
let foreign = 0;

/**
 * What a stream of events is at the least: it keeps events as long as nobody waits for them, and tasks that wait in their
 * order. A waiter that was woken serves again, as Treadle's does.
 */
class Stream implements Request {
  private readonly target: EventTarget;
  private readonly listener: (event: Event) => void;
  private readonly items: Event[] = [];
  private first: Waiter | null = null;
  private last: Waiter | null = null;
  private spare: Waiter | null = null;

  constructor(target: EventTarget) {
    const listener = (event: Event): void => this.put(event);
    this.target = target;
    this.listener = listener;
    target.addEventListener('foo', listener);
  }

  close(): void {
    this.target.removeEventListener('foo', this.listener);
  }

  start(task: Task): boolean {
    if (task.effective !== null) throw task.effective;
    if (this.items.length > 0) {
      task.value = this.items.shift();
      push(task);
      return false;
    }
    let waiter = this.spare;
    if (waiter === null) waiter = new Waiter(task);
    else {
      this.spare = null;
      waiter.task = task;
    }
    if (this.last === null) this.first = waiter;
    else this.last.next = waiter;
    this.last = waiter;
    foreign++;
    return false;
  }

  [Symbol.iterator](): Iterator<Request, unknown, unknown> {
    return delegation(this);
  }

  private put(event: Event): void {
    const waiter = this.first;
    if (waiter === null) {
      this.items.push(event);
      return;
    }
    this.first = waiter.next;
    if (waiter.next === null) this.last = null;
    waiter.next = null;
    foreign--;
    const task = waiter.task as Task;
    waiter.task = null;
    this.spare = waiter;
    task.value = event;
    push(task);
  }
}

/** What the tasks of one chain share. */
class Chain {
  count = 0;
  arrived = new Arrival();

  pass(next: EventTarget | undefined): void {
    this.count++;
    if (next === undefined) this.arrived.set();
    else next.dispatchEvent(new Event('foo'));
  }
}

/** Waited for by one task, once. */
class Arrival implements Request {
  private task: Task | null = null;

  start(task: Task): boolean {
    this.task = task;
    return false;
  }

  set(): void {
    if (this.task !== null) push(this.task);
  }

  [Symbol.iterator](): Iterator<Request, unknown, unknown> {
    return delegation(this);
  }
}

interface Link {
  readonly chain: Chain;
  readonly target: EventTarget;
  readonly next: EventTarget | undefined;
}

function* byYield({ chain, target, next }: Link): Body {
  const stream = new Stream(target);
  try {
    for (;;) {
      yield stream;
      chain.pass(next);
    }
  } finally {
    stream.close();
  }
}

function* byDelegation({ chain, target, next }: Link): Body {
  const stream = new Stream(target);
  try {
    for (;;) {
      yield* stream;
      chain.pass(next);
    }
  } finally {
    stream.close();
  }
}

function* main({ n, depth }: Params, link: (link: Link) => Body): Body {
  const chain = new Chain();
  foreign = 0;
  const targets = Array.from({ length: depth }, () => new EventTarget());
  yield new Group(function* (group): Body {
    for (const [i, target] of targets.entries()) group.spawn(link, { chain, target, next: targets[i + 1] });
    yield pass; // all listen now
    for (let i = 0; i < n; i++) {
      chain.arrived = new Arrival();
      targets[0]!.dispatchEvent(new Event('foo'));
      yield chain.arrived;
    }
    if (foreign !== depth) throw new Error(`of ${depth} tasks ${foreign} wait for an event`);
    group.cancel(new Error('cancelled'));
    return undefined;
  });
  return chain.count;
}

export default {
  yield: (params: Params) => run(main, params, byYield) as number,
  'yield*': (params: Params) => run(main, params, byDelegation) as number,
};

/**
 * The ready queue: first in, first out, a list through the tasks themselves. A task is in it at most once.
 *
 * A ring buffer would be as quick, but not its garbage: a queue of many young tasks is a large old array, and each
 * task put into it one entry more that the collector has to remember and visit.
 */
/** What stands in the queue. While it does, the queue alone writes `link`. */
export interface Queued {
  /** @internal The one behind it; null for the last. */
  link: object | null;
}

export class ReadyQueue<T extends Queued> {
  private head: T | null = null;
  private tail: T | null = null;

  get isEmpty(): boolean {
    return this.head === null;
  }

  push(task: T): void {
    const { tail } = this;
    task.link = null;
    if (tail === null) this.head = task;
    else tail.link = task;
    this.tail = task;
  }

  /** Takes out the task that has waited longest. The queue must not be empty: callers have just looked. */
  shift(): T {
    const task = this.head as T;
    const behind = task.link as T | null;
    this.head = behind;
    if (behind === null) this.tail = null;
    else task.link = null; // what has left the queue must not hold on to those that were behind it
    return task;
  }

  /** Takes out a task that is in the queue, wherever it stands: for debuggers. */
  remove(task: T): void {
    const others = [...this].filter((other) => other !== task);
    this.head = null;
    this.tail = null;
    for (const other of others) this.push(other);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let task = this.head; task !== null; task = task.link as T | null) yield task;
  }
}

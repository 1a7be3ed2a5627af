/**
 * The ready queue: first in, first out, a ring through the tasks themselves. A task is in it at most once.
 *
 *     last ──▶ task C ──link──▶ task A ──▶ task B ──▶ task C      A is next
 *
 * A ring, of which the queue knows the last only: each young task that is written into an old object the collector has
 * to remember, at 60 instructions. Taking one out writes into a task, which is mostly as young. And the loop takes a new
 * queue every turn, which is young too: `renewed`.
 *
 * A ring buffer would be as quick, but not its garbage: a queue of many young tasks is a large old array, and each
 * task put into it one entry more that the collector has to remember and visit.
 */
/** What stands in the queue. While it does, the queue alone writes `link`. */
export interface Queued {
  /** @internal The one behind it; of the last: the first. */
  link: object | null;
}

export class ReadyQueue<T extends Queued> {
  private last: T | null = null;
  /** The one that was taken out and is in step: kept here for the same reason. */
  running: T | null = null;

  /** A new queue with all that is in this one, which is not to be used any more. */
  renewed(): ReadyQueue<T> {
    const queue = new ReadyQueue<T>();
    queue.last = this.last;
    return queue;
  }

  get isEmpty(): boolean {
    return this.last === null;
  }

  push(task: T): void {
    const { last } = this;
    if (last === null) task.link = task;
    else {
      task.link = last.link;
      last.link = task;
    }
    this.last = task;
  }

  /** Takes out the task that has waited longest. The queue must not be empty: callers have just looked. */
  shift(): T {
    const last = this.last as T;
    const task = last.link as T;
    if (task === last) this.last = null;
    else last.link = task.link;
    task.link = null; // what has left the queue must not hold on to those that were behind it
    return task;
  }

  /** Takes out a task that is in the queue, wherever it stands: for debuggers. */
  remove(task: T): void {
    const others = [...this].filter((other) => other !== task);
    this.last = null;
    for (const other of others) this.push(other);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    const { last } = this;
    if (last === null) return;
    let task = last;
    do {
      task = task.link as T;
      yield task;
    } while (task !== last);
  }
}

/** Receive streams as async iterables, pulled through a portal. */
import { isCancelled } from '../base/cancelled.js';
import type { Operation } from '../kernel/effect.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import type { Run } from '../tasks/run-promise.js';

/** What runs a task and gives a promise: a portal. */
interface Caller {
  call<T>(fn: (this: void) => Operation<T>): Run<T>;
}

type Pull<T> = Run<IteratorResult<T, undefined>>;

/** Each `next()` is a task that receives one item. */
class Puller<T> implements AsyncIterator<T, undefined> {
  private readonly caller: Caller;
  private readonly stream: ReceiveStream<T>;
  /** The calls of `next` that have not been answered. */
  private readonly pulls = new Set<Pull<T>>();
  private isDone = false;

  constructor(caller: Caller, stream: ReceiveStream<T>) {
    this.caller = caller;
    this.stream = stream;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.isDone) return { done: true, value: undefined };
    const nextItem = () => this.stream.next();
    const pull = this.caller.call(nextItem);
    this.pulls.add(pull);
    try {
      const result = await pull;
      if (result.done === true) this.isDone = true;
      return result;
    } catch (error) {
      // Called off by `return()` before an item had come; one that had come all the same is given above.
      if (this.isDone && isCancelled(error)) return { done: true, value: undefined };
      this.isDone = true;
      throw error;
    } finally {
      this.pulls.delete(pull);
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.isDone = true;
    const pulls = [...this.pulls];
    for (const pull of pulls) pull.cancel('the iteration was left');
    await Promise.allSettled(pulls);
    return { done: true, value: undefined };
  }
}

/** An async iterable that pulls the stream, item by item, through a portal. */
export function pulledBy<T>(caller: Caller, stream: ReceiveStream<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Puller(caller, stream) };
}

/** Events as a receive stream. */

import { requireTask } from '../kernel/current.js';
import type { Effect } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import type { Task, Watcher } from '../kernel/task.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import {
  addListener,
  checkSource,
  type EventEmitterLike,
  type EventOf,
  type EventSource,
  type Listener,
  listenerFor,
  removeListener,
} from './event-source.js';
import { ForeignStream } from './foreign-stream.js';

function titleOf(name: string | symbol): string {
  return `events(${String(name)})`;
}

/** Listens from its creation until it is disposed of. It watches the main task: no listener outlives its run. */
class EventStream extends ForeignStream<unknown> implements Disposable, Watcher {
  private readonly source: EventSource;
  private readonly name: string | symbol;
  private readonly main: Task;
  /** Null once it does not listen any more. */
  private listener: Listener | null;

  constructor(source: EventSource, name: string | symbol, main: Task) {
    super();
    this.source = source;
    this.name = name;
    this.main = main;
    this.listener = listenerFor(source, (event) => this.put(event));
    addListener(source, name, this.listener);
    main.addWatcher(this);
  }

  get title(): string {
    return titleOf(this.name);
  }

  [Symbol.dispose](): void {
    if (this.listener === null) return;
    this.main.removeWatcher(this);
    this.watchedEnded();
  }

  watchedEnded(): void {
    const { listener } = this;
    if (listener !== null) removeListener(this.source, this.name, listener);
    this.listener = null;
    this.shut();
  }
}

/**
 * Listens to events from here until the stream is disposed of, at the latest until the run ends, and gives them in
 * the order in which they came: those too that came while nobody received. They are kept without a limit.
 *
 * A checkpoint, and so are `receive` and `next`; a receive that is cancelled loses no event. The stream never ends by
 * itself. Disposing of it takes the listener away; a task that waits then gets ClosedResourceError.
 *
 * @throws TypeError if `target` has no events, or `name` is no name.
 * @throws Cancelled if the surrounding scope is cancelled: nothing is listened to then.
 * @example
 *     using clicks = yield* events(button, 'click');
 *     yield* clicks.forEach(function* (event) { yield* handle(event); });
 * Semantics: Node's `events.on`, but for `error`, which is an event like any other.
 */
export function events<T extends EventTarget, const K extends string>(
  target: T,
  name: K,
): Effect<ReceiveStream<EventOf<T, K>> & Disposable>;
export function events<A extends unknown[] = unknown[]>(
  target: EventEmitterLike,
  name: string | symbol,
): Effect<ReceiveStream<A> & Disposable>;
export function events(
  target: EventSource,
  name: string | symbol,
): Effect<ReceiveStream<unknown> & Disposable> {
  checkSource(target, name, 'events(target, name)');
  return suspend<EventStream>(
    (resume) => resume(new EventStream(target, name, requireTask('events()').loop.main as Task)),
    { foreign: false, description: () => titleOf(name) },
  );
}

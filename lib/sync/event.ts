/** A flag that tasks can wait for. */
import { checkOptions } from '../base/options.js';
import type { Effect } from '../kernel/effect.js';
import { PENDING, WaitQueue, waitEffects } from '../kernel/wait-queue.js';
import { titled } from './errors.js';

/**
 * Something that happens once: tasks wait until it has happened. It cannot be unset; for the next round make a new
 * Event. A task that waits costs the event one small object.
 *
 * @param options.name What task dumps and deadlock reports call it.
 * @example
 *     const ready = new Event();
 *     tg.startSoon(function* () { yield* ready.wait(); console.log('go'); });
 *     ready.set();
 * Semantics: AnyIO's `Event`.
 */
export class Event {
  private happened = false;
  private readonly name: string | undefined;
  private readonly queue = new WaitQueue();
  private static readonly waiting = waitEffects<Event, undefined, void>({
    name: 'event.wait',
    tryNow: (event) => (event.happened ? undefined : PENDING),
    queueOf: (event) => event.queue,
    describe: (event) => titled('event', event.name),
  });

  constructor(options?: { name?: string }) {
    if (options !== undefined) checkOptions(options, 'new Event(options)');
    this.name = options?.name;
  }

  /**
   * Sets the flag and wakes all who wait, in the order in which they came. Not a checkpoint; may be called from
   * anywhere. Does nothing the second time. A run whose every task waits for plain callbacks needs an open portal
   * (`withPortal`) or `events()`: else it ends with a DeadlockError.
   */
  set(): void {
    if (this.happened) return;
    this.happened = true;
    this.queue.wakeAll();
  }

  get isSet(): boolean {
    return this.happened;
  }

  /**
   * Waits until the event is set; goes on at once if it is. A checkpoint.
   *
   * @throws Cancelled if the surrounding scope is cancelled.
   */
  wait(this: this): Effect<void> {
    return Event.waiting(this, undefined);
  }

  /** How many tasks wait. */
  statistics(): { readonly tasksWaiting: number } {
    return { tasksWaiting: this.queue.length };
  }
}

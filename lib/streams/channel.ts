/**
 * What the ends of a memory object stream share: the buffer, who waits to receive, who waits to send.
 *
 *     send ──▶ a receiver is parked?  it has the item      (it waited because the buffer was empty)
 *          ──▶ room in the buffer?    the item waits there
 *          ──▶ else                   the sender is parked, with its item
 *
 *     receive ──▶ the buffer has an item?  take it, and let the first parked sender's item move up into the room
 *             ──▶ a sender is parked?      take its item    (a rendezvous: the buffer has no room at all)
 *             ──▶ no send end is open?     the end of the stream
 *             ──▶ else                     the receiver is parked
 *
 * Hence, between any two steps:
 * - receivers are parked only while the buffer is empty and no sender is parked;
 * - senders are parked only while the buffer is full and no receiver is parked;
 * - whoever is parked is on an open end, and the other side has an open end too.
 *
 * Each item is in exactly one place: with a parked sender, in the buffer, or handed to a receiver whose wait is
 * over, so that no cancellation can come between (rule C3).
 */
import { BrokenResourceError, ClosedResourceError, EndOfStream, withoutStack } from '../base/errors.js';
import { Ring } from '../base/ring.js';
import { PENDING, type Waiter, WaitQueue } from '../kernel/wait-queue.js';
import { AS_ITEM, AS_RESULT, type Form } from './form.js';

export interface MemoryObjectStreamStatistics {
  /** Items in the buffer. */
  readonly currentBufferUsed: number;
  readonly maxBufferSize: number;
  readonly openSendStreams: number;
  readonly openReceiveStreams: number;
  readonly tasksWaitingSend: number;
  readonly tasksWaitingReceive: number;
}

/** What a receiver of the form AS_ITEM_OR_END gets at the end. */
export const END: unique symbol = Symbol('treadle.endOfStream');

/** One end: only whether it is open. */
export interface End {
  readonly isClosed: boolean;
}

const REUSE = { reuse: true } as const;

export class Channel {
  readonly maxBufferSize: number;
  readonly name: string | undefined;
  readonly buffer = new Ring<unknown>();
  readonly senders = new WaitQueue<unknown, void>(undefined, REUSE);
  readonly receivers = new WaitQueue<Form, unknown>(undefined, REUSE);
  openSendStreams = 0;
  openReceiveStreams = 0;

  constructor(maxBufferSize: number, name: string | undefined) {
    this.maxBufferSize = maxBufferSize;
    this.name = name;
  }

  /** 'stream "jobs" (0/100, 3 waiting)': for task dumps; how full it is, and how many wait like the one asked about. */
  describe(waiting: number): string {
    const size = this.maxBufferSize === Infinity ? '∞' : this.maxBufferSize;
    const title = this.name === undefined ? 'stream' : `stream "${this.name}"`;
    return `${title} (${this.buffer.length}/${size}, ${waiting} waiting)`;
  }

  /** Puts an item in, or gives PENDING if there is no room. */
  put(end: End, item: unknown): void | typeof PENDING {
    if (end.isClosed) throw closed('sending on');
    if (this.openReceiveStreams === 0) throw noReceivers();
    const receiver = this.receivers.shift();
    if (receiver !== null) receiver.wake(give(item, receiver.arg));
    else if (this.buffer.length < this.maxBufferSize) this.buffer.push(item);
    else return PENDING;
  }

  /** Takes an item out, in the form asked for, or gives PENDING if there is none yet. */
  take(end: End, form: Form): unknown {
    if (end.isClosed) throw closed('receiving from');
    if (!this.buffer.isEmpty) {
      const item = this.buffer.shift();
      const sender = this.senders.shift();
      if (sender !== null) {
        this.buffer.push(sender.arg);
        sender.wake();
      }
      return give(item, form);
    }
    const sender = this.senders.shift();
    if (sender !== null) {
      const { arg } = sender;
      sender.wake();
      return give(arg, form);
    }
    if (this.openSendStreams > 0) return PENDING;
    if (form === AS_ITEM) throw endOfStream();
    return ended(form);
  }

  /** A send end has been closed. Its own senders are told first, then, if it was the last, the receivers. */
  sendClosed(end: End): void {
    this.openSendStreams--;
    failThoseOn(end, this.senders, 'sending on');
    if (this.openSendStreams > 0) return;
    const { receivers } = this;
    for (let receiver = receivers.shift(); receiver !== null; receiver = receivers.shift()) {
      if (receiver.arg === AS_ITEM) receiver.fail(withoutStack(endOfStream));
      else receiver.wake(ended(receiver.arg));
    }
  }

  /** A receive end has been closed. Its own receivers are told first, then, if it was the last, the senders. */
  receiveClosed(end: End): void {
    this.openReceiveStreams--;
    failThoseOn(end, this.receivers, 'receiving from');
    if (this.openReceiveStreams === 0) this.senders.failAll(() => withoutStack(noReceivers));
  }

  statistics(): MemoryObjectStreamStatistics {
    return {
      currentBufferUsed: this.buffer.length,
      maxBufferSize: this.maxBufferSize,
      openSendStreams: this.openSendStreams,
      openReceiveStreams: this.openReceiveStreams,
      tasksWaitingSend: this.senders.length,
      tasksWaitingReceive: this.receivers.length,
    };
  }
}

function give(item: unknown, form: Form): unknown {
  return form === AS_RESULT ? { done: false, value: item } : item;
}

function ended(form: Form): unknown {
  return form === AS_RESULT ? { done: true, value: undefined } : END;
}

/** Fails the waiters on one end; those on its clones, in the same queue, stay where they are (rule R2). */
function failThoseOn<A, V>(end: End, queue: WaitQueue<A, V>, doing: string): void {
  let waiter: Waiter<A, V> | null = queue.first;
  while (waiter !== null) {
    const { next }: Waiter<A, V> = waiter;
    if (waiter.resource === end) {
      queue.remove(waiter);
      waiter.fail(withoutStack(() => closed(doing)));
    }
    waiter = next;
  }
}

export function closed(doing: string): ClosedResourceError {
  return new ClosedResourceError(
    `${doing} a memory object stream whose end has been closed here; take a clone() for each task that closes its end`,
  );
}

function noReceivers(): BrokenResourceError {
  return new BrokenResourceError(
    'sending on a memory object stream that nobody can receive from any more: all receive streams have been closed',
  );
}

function endOfStream(): EndOfStream {
  return new EndOfStream(
    'nothing more will come: all send streams have been closed; use next() or forEach() to see the end as a value',
  );
}
